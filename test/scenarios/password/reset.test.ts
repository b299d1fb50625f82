import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { hours, millis, minutes, seconds } from '#core/time/time.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { viewLogin } from '#engine/login/view.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { beginReset, completeReset, startReset, viewReset } from '#engine/password/reset.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import {
  authenticatorOf,
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import { cardOf } from '../../support/clients/card.ts'
import { givenPasscode } from '../../support/clients/printed.ts'
import { sessionBy } from '../../support/clients/task.ts'
import { withNumber } from '../../support/clients/texts.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const NEW = 'seven spoons of rain'
const DESK = 'agent-7'

const outcome = (answer: { readonly ok: boolean; readonly problem?: string | null }) =>
  answer.ok ? 'ok' : answer.problem

async function story(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const phone = await personWithPhone(world, 'anna')
  const id = await findSubscriberByName(world, 'anna')
  assert.ok(id)
  return { world, phone, id }
}

async function codeFor(world: TestWorld, subscriberId: SubscriberId): Promise<string> {
  const begun = await startReset(world, { subscriberId, by: DESK })
  assert.ok(begun.ok)
  return begun.code
}

/** The code was right and the phone has answered: nothing is left but to choose. */
async function proven(world: TestWorld, phone: TestPhone, code: string) {
  const client = browser()
  const begun = await beginReset(world, { userName: 'anna', code, client })
  assert.ok(begun.ok, `not begun: ${'problem' in begun && begun.problem}`)
  const held = { id: begun.login.id, holder: client.holder }
  const response = await phone.respond(await numberOn(world, held.id, client), world.now())
  const answered = await typed(world, begun.login, { client, response })
  assert.ok(answered.ok)
  assert.equal(answered.token, null, 'it opens no session')
  return held
}

/** The code of the desk is typed, and a text asked for. */
async function textAsked(world: TestWorld, code: string) {
  const client = browser()
  const begun = await beginReset(world, { userName: 'anna', code, client })
  if (!begun.ok) return { problem: begun.problem }
  const held = { id: begun.login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  const choice = view.ok && view.choices.find(({ method }) => method === 'sms-code')
  assert.ok(choice)
  const asked = await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  return asked.ok ? held : { problem: asked.problem }
}

/** A text has confirmed it; the password is not chosen yet. */
async function confirmedByText(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const id = await world.add({ userName: 'anna', password: PASSWORD })
  const inbox = await withNumber(world, id)
  const begun = await textAsked(world, await codeFor(world, id))
  assert.ok(!('problem' in begun))
  await deliverDue(world)
  assert.ok((await answerLogin(world, { ...begun, answer: { code: inbox.latest() } })).ok)
  return { world, id, begun }
}

for (const database of DATABASES) {
  suite(`a forgotten password over ${database}`, () => {
    test('R030 S18 is chosen anew with the code of the desk and the second factor', async (t) => {
      const { world, phone, id } = await story(t, database)
      const elsewhere = await sessionBy(world, phone, 'anna')
      const mail = { kind: 'email', value: 'anna@example.com', by: 'operator' } as const
      await setContact(world, { ...mail, subscriberId: id })
      const mailed: string[] = []
      const deliver = async ({ payload }: { readonly payload: unknown }) => {
        mailed.push(JSON.stringify(payload))
        return { outcome: 'sent' as const }
      }
      world.channels.set('email', { name: 'email', retries: [], deliver })
      const code = await codeFor(world, id)
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{8}$/)
      // It is read out on the telephone: the mail says that there is one, and holds no code.
      await noticeDue(world)
      await deliverDue(world)
      assert.ok(mailed.length > 0 && mailed.every((words) => !words.includes(code)))
      const held = await proven(world, phone, `${code.slice(0, 4)} ${code.slice(4)}`.toLowerCase())
      const weak = await completeReset(world, { ...held, password: 'short' })
      assert.ok(!weak.ok && weak.flaw === 'too-short' && weak.minimum === 8)
      assert.equal(outcome(await completeReset(world, { ...held, password: NEW })), 'ok')
      assert.equal(await findLiveSession(world, elsewhere.id), null)
      const old = await begin(world, browser(), { userName: 'anna' })
      assert.equal(outcome(old), 'login.wrong-credentials')
      const fresh = await begin(world, browser(), { userName: 'anna', password: NEW })
      assert.equal(outcome(fresh), 'ok')
      const events = await listSubscriberEvents(world.db, id, { limit: 100 })
      const changed = events
        .map(({ event }) => event)
        .find((one) => one.kind === 'password.changed')
      assert.equal(changed?.kind === 'password.changed' && changed.by, 'reset')
      const started = events.find(({ event }) => event.kind === 'password.reset-started')
      assert.equal(
        'agent' in (started?.event ?? {}) && started?.event.kind,
        'password.reset-started',
      )
      assert.ok(!JSON.stringify(events).includes(code))
    })

    test('S18 the code alone, or the second factor alone, opens nothing', async (t) => {
      const { world, phone, id } = await story(t, database)
      const code = await codeFor(world, id)
      const client = browser()
      const begun = await beginReset(world, { userName: 'anna', code, client })
      assert.ok(begun.ok)
      const half = { id: begun.login.id, holder: client.holder }
      assert.equal(outcome(await viewReset(world, half)), 'login.not-completed')
      const early = await completeReset(world, { ...half, password: NEW })
      assert.equal(outcome(early), 'login.not-completed')
      assert.equal(outcome(await claimLogin(world, half)), 'login.not-completed')
      const held = await proven(world, phone, code)
      assert.equal(outcome(await claimLogin(world, held)), 'login.resets', 'and no session')
      const stranger = { id: held.id, holder: browser().holder }
      const other = await completeReset(world, { ...stranger, password: NEW })
      assert.equal(outcome(other), 'login.not-found')
      const password = await begin(world, browser(), { userName: 'anna', password: code })
      assert.equal(outcome(password), 'login.wrong-credentials', 'a code is no password')
      // A login with the password leads to no choice of another one.
      const plain = browser()
      const login = await begin(world, plain, { userName: 'anna' })
      assert.ok(login.ok)
      const response = await phone.respond(
        await numberOn(world, login.login.id, plain),
        world.now(),
      )
      assert.ok((await typed(world, login.login, { client: plain, response })).ok)
      const chosen = await completeReset(world, {
        id: login.login.id,
        holder: plain.holder,
        password: NEW,
      })
      assert.equal(outcome(chosen), 'login.not-found')
    })

    test('A9 S18 what confirmed it chooses nothing once it is stopped', async (t) => {
      const { world, phone, id } = await story(t, database)
      const session = await sessionBy(world, phone, 'anna')
      const held = await proven(world, phone, await codeFor(world, id))
      const stopped = await suspendAuthenticator(world, session, { id: authenticatorOf(phone) })
      assert.ok(stopped.ok)
      assert.equal(outcome(await completeReset(world, { ...held, password: NEW })), 'login.expired')
    })

    test('S19 a code works once, for an hour, and only the last one', async (t) => {
      const { world, phone, id } = await story(t, database)
      const first = await codeFor(world, id)
      const held = await proven(world, phone, first)
      world.advance(seconds(1))
      const second = await codeFor(world, id)
      const over = await completeReset(world, { ...held, password: NEW })
      assert.equal(outcome(over), 'login.expired', 'its code was replaced meanwhile')
      const attempt = async (code: string) =>
        outcome(await beginReset(world, { userName: 'anna', code, client: browser() }))
      assert.equal(await attempt(first), 'login.wrong-credentials')
      world.advance(millis(hours(1) - 1))
      const last = await proven(world, phone, second)
      assert.ok((await completeReset(world, { ...last, password: NEW })).ok)
      const again = await completeReset(world, { ...last, password: 'another one, later' })
      assert.equal(outcome(again), 'login.already-claimed')
      assert.equal(await attempt(second), 'login.wrong-credentials')
      const third = await codeFor(world, id)
      world.advance(hours(1))
      assert.equal(await attempt(third), 'login.wrong-credentials', 'after its time')
    })

    test('S1 A28 is disabled by a hundred wrong ones, more than there is time for', async (t) => {
      const { world, id } = await story(t, database)
      const code = await codeFor(world, id)
      const held = (await listAuthenticators(world.db, id)).find(
        ({ value }) => value.method === 'reset-code',
      )
      assert.ok(held)
      const changed = [{ value: { ...held.value, failures: 98 }, version: held.version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      const attempt = async (typedCode: string) =>
        outcome(await beginReset(world, { userName: 'anna', code: typedCode, client: browser() }))
      const wrong = code === '00000000' ? '11111111' : '00000000'
      assert.equal(await attempt(wrong), 'login.wrong-credentials')
      assert.equal(await attempt(code), 'ok')
      assert.equal(await attempt(wrong), 'login.wrong-credentials')
      assert.equal(await attempt(code), 'login.wrong-credentials')
    })

    test('A1 an unknown name hears what a wrong code hears', async (t) => {
      const { world, id } = await story(t, database)
      await codeFor(world, id)
      await world.add({ userName: 'bob', password: PASSWORD })
      for (const userName of ['anna', 'bob', 'nobody', 'x'.repeat(10_000), '']) {
        for (const code of ['00000000', '', 'x'.repeat(10_000)]) {
          const tried = { userName, code, client: browser() }
          assert.equal(outcome(await beginReset(world, tried)), 'login.wrong-credentials')
          world.advance(hours(0.1))
        }
      }
    })

    test('A28 the desk opens a name that strangers have locked', async (t) => {
      const { world, phone, id } = await story(t, database)
      for (let guess = 0; guess < 3; guess += 1) {
        await begin(world, browser(), { userName: 'anna', password: `guess ${guess}` })
      }
      const code = await codeFor(world, id)
      const held = await proven(world, phone, code)
      assert.ok((await completeReset(world, { ...held, password: NEW })).ok)
    })

    test('A9 of two nodes, one gives out a code, and one chooses a password', async (t) => {
      const { world, phone, id } = await story(t, database)
      const node = await testWorld(t, { beside: world })
      const given: string[] = []
      const first = interrupted(world, async () => {
        const second = await startReset(node, { subscriberId: id, by: DESK })
        if (second.ok) given.push(second.code)
      })
      const late = await startReset(first, { subscriberId: id, by: DESK })
      assert.equal(outcome(late), 'desk.conflict')
      assert.equal(given.length, 1)
      const held = await proven(world, phone, given[0] ?? '')
      const both = await Promise.all([
        completeReset(world, { ...held, password: NEW }),
        completeReset(node, { ...held, password: 'eight forks of snow' }),
      ])
      assert.deepEqual(both.map(({ ok }) => ok).toSorted(), [false, true])
    })

    test('S13 S64 who holds no second factor needs fifteen characters', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'cora', password: PASSWORD })
      const code = await codeFor(world, id)
      const client = browser()
      const begun = await beginReset(world, { userName: 'cora', code, client })
      assert.ok(begun.ok)
      const held = { id: begun.login.id, holder: client.holder }
      assert.equal((await viewLogin(world, held)).ok && begun.login.state, 'completed')
      assert.equal(outcome(await claimLogin(world, held)), 'login.resets')
      const short = await completeReset(world, { ...held, password: 'blue kettle 77' })
      assert.ok(!short.ok && short.flaw === 'too-short' && short.minimum === 15)
      assert.ok((await completeReset(world, { ...held, password: `${NEW}!` })).ok)
      // A code that was given out is no second factor that was ever held.
      const changed = await begin(world, client, {
        userName: 'cora',
        password: `${NEW}!`,
        platform: 'portal',
      })
      assert.ok(changed.ok && changed.login.state === 'completed')
      await world.add({ userName: 'dan', password: PASSWORD })
      assert.ok(await firstSession(world, 'dan'))
    })

    test('A13 S18 a text is enough only for a client who holds nothing better, also if that is blocked', async (t) => {
      const { world, phone, id } = await story(t, database)
      const inbox = await withNumber(world, id)
      const byText = async (begun: Awaited<ReturnType<typeof textAsked>>) => {
        if ('problem' in begun) return begun.problem
        await deliverDue(world)
        const answer = { code: inbox.latest() }
        const answered = await answerLogin(world, { ...begun, answer })
        if (!answered.ok) return answered.problem
        return outcome(await completeReset(world, { ...begun, password: NEW }))
      }
      const attempt = async () => await byText(await textAsked(world, await codeFor(world, id)))
      assert.equal(await attempt(), 'login.too-weak', 'beside a phone')
      const authenticatorId = authenticatorOf(phone)
      const found = (await listAuthenticators(world.db, id)).find(
        ({ value }) => value.id === authenticatorId,
      )
      assert.ok(found)
      let version = found.version
      for (const lifecycle of ['suspended', 'disabled', 'revoked'] as const) {
        const changed = [{ value: { ...found.value, lifecycle }, version }]
        assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
        version += 1
        const expected = lifecycle === 'revoked' ? 'ok' : 'login.reset-too-weak'
        world.advance(minutes(2))
        assert.equal(await attempt(), expected, lifecycle)
      }
    })

    test('S18 a client on temporary access confirms with what is left', async (t) => {
      const { world, id } = await story(t, database)
      const passcode = await givenPasscode(world, 'anna')
      const client = browser()
      const code = await codeFor(world, id)
      const begun = await beginReset(world, { userName: 'anna', code, client })
      assert.ok(begun.ok, outcome(begun) ?? '')
      const held = { id: begun.login.id, holder: client.holder }
      assert.ok((await answerLogin(world, { ...held, answer: { passcode } })).ok)
      assert.equal(outcome(await completeReset(world, { ...held, password: NEW })), 'ok')
    })

    test('A13 a text that has confirmed it is too weak once a card has come', async (t) => {
      const { world, id, begun } = await confirmedByText(t, database)
      await cardOf(world, id)
      const chosen = await completeReset(world, { ...begun, password: NEW })
      assert.equal(outcome(chosen), 'login.reset-too-weak')
    })

    test('A13 nor is anything chosen with it while the card comes', async (t) => {
      const { world, id, begun } = await confirmedByText(t, database)
      const late = interrupted(world, async () => void (await cardOf(world, id)))
      const chosen = await completeReset(late, { ...begun, password: NEW })
      assert.equal(outcome(chosen), 'subscriber.conflict')
    })

    test('R030 only an agent gives one out, by an id', async (t) => {
      const { world, id } = await story(t, database)
      for (const by of ['', 'Anna Smith', 'x'.repeat(41)]) {
        assert.equal(
          outcome(await startReset(world, { subscriberId: id, by })),
          'desk.not-an-agent',
        )
      }
    })
  })
}
