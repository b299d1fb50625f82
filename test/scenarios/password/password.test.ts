import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { after, hours, minutes } from '#core/time/time.ts'
import type { Session } from '#core/sessions/session.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { holdsOf } from '#engine/sessions/rights.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { PASSWORD_IN_DOUBT, waitOf } from '#engine/devices/migration.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import {
  begin,
  begun,
  numberOn,
  PASSWORD,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import { approvedTask, opened, sessionBy } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const NEW = 'seven spoons of rain'

const outcome = (answer: { readonly ok: boolean; readonly problem?: string | null }) =>
  answer.ok ? 'ok' : answer.problem

/** Anna is in, with a phone. */
async function story(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const phone = await personWithPhone(world, 'anna')
  const session = await sessionBy(world, phone, 'anna')
  const approved = async (over: Session = session) =>
    await approvedTask(world, over, { deed: PASSWORD_TASK, phone })
  return { world, phone, session, approved }
}

const passwordsOf = async (world: TestWorld, { subscriberId }: Session) =>
  (await listAuthenticators(world.db, subscriberId))
    .map(({ value }) => value)
    .filter(({ method }) => method === 'password')

for (const database of DATABASES) {
  suite(`another password over ${database}`, () => {
    test('S75 S76 counts once it was confirmed with the one before and a second factor', async (t) => {
      const { world, session, approved } = await story(t, database)
      const before = await opened(world, session, PASSWORD_TASK)
      const early = await changePassword(world, session, { task: before, password: NEW })
      assert.equal(outcome(early), 'task.not-approved')
      const task = await approved()
      assert.equal(outcome(await changePassword(world, session, { task, password: NEW })), 'ok')
      const old = await begin(world, browser(), { userName: 'anna' })
      assert.equal(outcome(old), 'login.wrong-credentials')
      const fresh = await begin(world, browser(), { userName: 'anna', password: NEW })
      assert.equal(outcome(fresh), 'ok')
      const again = await changePassword(world, session, { task, password: 'another one, later' })
      assert.equal(outcome(again), 'task.already-used')
    })

    test('S85 ends every other session, and logins that were under way', async (t) => {
      const { world, phone, session, approved } = await story(t, database)
      world.advance(minutes(1))
      const elsewhere = await sessionBy(world, phone, 'anna')
      const thief = browser()
      const underWay = await begun(world, thief, 'anna')
      const number = await numberOn(world, underWay.id, thief)
      const finished = browser()
      const unclaimed = await begun(world, finished, 'anna')
      const task = await approved()
      assert.ok((await changePassword(world, session, { task, password: NEW })).ok)
      assert.equal(await findLiveSession(world, elsewhere.id), null)
      assert.ok(await findLiveSession(world, session.id), 'the one that changed it goes on')
      const response = await phone.respond(number, world.now())
      const late = await typed(world, underWay, { client: thief, response })
      assert.equal(outcome(late), 'login.expired')
      const claimed = await claimLogin(world, { id: unclaimed.id, holder: finished.holder })
      assert.equal(outcome(claimed), 'login.expired')
    })

    test('S13 S14 S16 is refused with the reason, and the approval stays for another', async (t) => {
      const { world, session, approved } = await story(t, database)
      const task = await approved()
      const flaws: unknown[] = []
      for (const password of [
        '7 signs',
        'x'.repeat(10_000),
        'password123',
        'Anna-2026',
        'aaaabbbbcccc',
        PASSWORD,
      ]) {
        const changed = await changePassword(world, session, { task, password })
        assert.ok(!changed.ok)
        assert.equal(changed.problem, 'subscriber.weak-password')
        flaws.push(changed.flaw)
      }
      assert.deepEqual(flaws, ['too-short', 'too-long', 'common', 'context', 'pattern', 'same'])
      const eight = await changePassword(world, session, { task, password: 'kx7 vw2q' })
      assert.equal(outcome(eight), 'ok', 'eight are enough beside a second factor')
    })

    test('A28 forgets what strangers have guessed', async (t) => {
      const { world, session, approved } = await story(t, database)
      const task = await approved()
      for (let guess = 0; guess < 3; guess += 1) {
        await begin(world, browser(), { userName: 'anna', password: `guess ${guess}` })
      }
      const refused = await begin(world, browser(), { userName: 'anna', password: 'guess' })
      assert.equal(outcome(refused), 'login.wait')
      assert.ok((await changePassword(world, session, { task, password: NEW })).ok)
      const owner = await begin(world, browser(), { userName: 'anna', password: NEW })
      assert.equal(outcome(owner), 'ok')
    })

    test('S74 settles the doubt about the one before, and is a risk signal for a day', async (t) => {
      const { world, session, approved } = await story(t, database)
      const { subscriberId } = session
      const hold = { subscriberId, forbids: ['withdrawals'], by: 'desk' } as const
      const held = async (kind: string) =>
        await startHold(world, { ...hold, kind, until: after(world.now(), hours(24)) })
      await held(PASSWORD_IN_DOUBT)
      await held('migration')
      assert.deepEqual((await waitOf(world, subscriberId)).signals, [])
      const task = await approved()
      assert.ok((await changePassword(world, session, { task, password: NEW })).ok)
      const left = await holdsOf(world, subscriberId)
      assert.deepEqual(
        left.map(({ kind }) => kind),
        ['migration'],
      )
      assert.deepEqual((await waitOf(world, subscriberId)).signals, ['password-changed'])
      const events = await listSubscriberEvents(world.db, subscriberId, { limit: 10 })
      const [ended, changed] = events.map(({ event }) => event)
      assert.equal(ended?.kind, 'hold.ended')
      assert.ok(changed?.kind === 'password.changed')
      const all = await passwordsOf(world, session)
      const fresh = all.find(({ lifecycle }) => lifecycle === 'active')
      const old = all.find(({ lifecycle }) => lifecycle === 'revoked')
      assert.equal(changed.authenticatorId, fresh?.id)
      assert.deepEqual(changed.replaced, [old?.id])
    })

    test('A2 keeps no hash of the one before', async (t) => {
      const { world, session, approved } = await story(t, database)
      const [before] = await passwordsOf(world, session)
      const task = await approved()
      assert.ok((await changePassword(world, session, { task, password: NEW })).ok)
      const all = await passwordsOf(world, session)
      assert.deepEqual(all.map(({ lifecycle }) => lifecycle).toSorted(), ['active', 'revoked'])
      const kept = JSON.stringify(all)
      assert.ok(!kept.includes(JSON.stringify(before?.state)))
    })

    test('A9 of two nodes with one approval, one writes', async (t) => {
      const { world, session, approved } = await story(t, database)
      const node = await testWorld(t, { beside: world })
      const task = await approved()
      const both = await Promise.all([
        changePassword(world, session, { task, password: NEW }),
        changePassword(node, session, { task, password: 'eight forks of snow' }),
      ])
      assert.deepEqual(both.map(({ ok }) => ok).toSorted(), [false, true])
      const active = (await passwordsOf(world, session)).filter(
        ({ lifecycle }) => lifecycle === 'active',
      )
      assert.equal(active.length, 1)
    })

    test('A9 the approval of another client is not valid', async (t) => {
      const { world, session, approved } = await story(t, database)
      const task = await approved()
      const bob = await personWithPhone(world, 'bob')
      const stranger = await sessionBy(world, bob, 'bob')
      const changed = await changePassword(world, stranger, { task, password: NEW })
      assert.equal(outcome(changed), 'task.not-found')
      assert.equal(outcome(await begin(world, browser(), { userName: 'bob' })), 'ok')
      assert.ok((await changePassword(world, session, { task, password: NEW })).ok)
    })
  })
}
