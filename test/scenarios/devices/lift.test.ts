import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { strengthOf } from '#core/assurance.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { type EnrolmentId, newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, days, minutes } from '#core/time/time.ts'
import { provenContact } from '#engine/contact/addresses.ts'
import { confirmedInOf, liftSession } from '#engine/devices/lift.ts'
import { completeActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import { overviewOf, suspendAuthenticator } from '#engine/devices/overview.ts'
import { claimLogin } from '#engine/login/answer.ts'
import type { Client } from '#engine/login/view.ts'
import { changeAccount, startHold } from '#engine/subscribers/accounts.ts'
import { endAllSessions, findLiveSession, findOpenSession } from '#engine/sessions/sessions.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { openTask, taskDigest, useTask, viewTask } from '#engine/tasks/tasks.ts'
import { SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { browserWrite, listBrowsers } from '#store/login/browsers.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { one } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import { begin, PASSWORD } from '../../support/clients/engine-story.ts'
import { begunTask } from '../../support/clients/task.ts'
import { testPhone } from '../../support/clients/phone.ts'
import { textsOf } from '../../support/clients/texts.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'

/** What was just set up lifts the session it was set up in, as a login with it would. */

interface Cast {
  readonly world: TestWorld
  readonly client: Client
  readonly session: OpenSession
}

const NEXT = { to: '/portal/security', fields: null, back: '/portal/security' }
const ADDRESS = '198.51.100.9'

/** In the portal with a password alone, in a new browser. */
async function inWithPassword(world: TestWorld, userName = 'anna'): Promise<Cast> {
  await world.add({ userName, password: PASSWORD })
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok)
  const taken = await claimLogin(world, { id: started.login.id, holder: client.holder })
  assert.ok(taken.ok && taken.token)
  const session = await findOpenSession(world, taken.token)
  assert.ok(session)
  return { world, session, client: { ...client, holder: newSecret(world.random) } }
}

/** The password typed for it in this browser, and used, as the pages do. */
async function confirmed({ world, session }: Cast, client: Client, deed: TaskDetails) {
  const task = await openTask(world, session, { deed, platform: 'portal', next: NEXT })
  assert.ok(task.ok)
  const { id } = task.task
  await begunTask(world, session, { id, client })
  const used = await useTask(world, session, { id, deed, usedFor: `portal ${id}` })
  assert.ok(used.ok, JSON.stringify(await viewTask(world, session, id)))
  const confirmedIn = await confirmedInOf(world, session, id)
  return { confirmed: taskDigest(world, deed), confirmedIn }
}

const PHONE: TaskDetails = { kind: 'bind', facts: { device: 'Phone' }, about: { device: 'phone' } }

/** An invitation of a phone, and the phone that will answer it. */
async function invited(cast: Cast, client = cast.client) {
  const { world, session } = cast
  const confirmation = await confirmed(cast, client, PHONE)
  const started = await startEnrolment(world, session, { method: 'phone-key', ...confirmation })
  assert.ok(started.ok)
  const { enrolment, token } = started
  const activates = async () => {
    const phone = await testPhone(world.settings.issuer)
    const activation = { token }
    const offer = { enrolment: enrolment.id, now: world.now() }
    const request = (await phone.activation(activation, offer)) as unknown as Json
    const bound = await completeActivation(world, { activation, address: ADDRESS, request })
    assert.ok(bound.ok)
    return bound.authenticator
  }
  return { id: enrolment.id, activates }
}

/** A phone that was just activated from this session. */
async function activated(cast: Cast, client = cast.client) {
  const { id, activates } = await invited(cast, client)
  return { id, phone: await activates() }
}

const lift = async ({ world, session, client }: Cast, id: EnrolmentId, by = client) =>
  await liftSession(world, session, { id, client: by, leadsTo: null })

const AS_IT_WAS = { ok: false, problem: 'session.insufficient' }

for (const database of DATABASES) {
  suite(`a session that is lifted, over ${database}`, () => {
    test('S82 ends, and another takes its place, as strong as a login with the phone', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const { id, phone } = await activated(cast)
      world.advance(minutes(2))
      const done = await lift(cast, id)
      assert.ok(done.ok)
      assert.equal(await findLiveSession(world, session.id), null)
      const next = await findOpenSession(world, done.token)
      assert.ok(next)
      assert.notEqual(next.id, session.id)
      assert.equal(strengthOf(next.proofs), '3')
      assert.deepEqual(
        next.proofs.map(({ method, authenticatorId }) => [method, authenticatorId]),
        [
          ['password', undefined],
          ['phone-key', phone.id],
        ],
      )
      assert.equal(next.decision.row, 'trades')
      // The session does not last longer by it.
      assert.equal(next.openedAt, session.openedAt)
      const told = await auditOf(world)
      const event = told.find(({ kind }) => kind === 'session.lifted')
      assert.ok(event && 'sessionId' in event)
      assert.deepEqual([event.within, event.sessionId], [session.id, next.id])
      // To its client both are one login, and there was none before.
      assert.equal((await overviewOf(world, next)).lastLogin, null)
    })

    test('makes its browser known, as a login does', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const { id } = await activated(cast)
      const done = await lift(cast, id)
      assert.ok(done.ok && done.browserCookie !== null)
      const known = await listBrowsers(world.db, session.subscriberId)
      assert.equal(known.length, 1)
      const client = { ...browser(), browserCookie: done.browserCookie }
      const started = await begin(world, client, { userName: 'anna' })
      assert.ok(started.ok)
      assert.equal(started.login.origin.browserId, known[0]?.value.id)
    })

    test('A9 is lifted in the browser in which the password was typed for it, and in no other', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { id } = await activated(cast)
      assert.deepEqual(await lift(cast, id, browser()), AS_IT_WAS)
      // A thief of the cookie begins it with what the client has confirmed elsewhere.
      const other = await inWithPassword(cast.world, 'berta')
      const stolen = await activated(other, browser())
      assert.deepEqual(await lift(other, stolen.id), AS_IT_WAS)
    })

    test('S66 is lifted by nothing for which no password was typed', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const started = await startOnPage(world, session, { method: 'totp', request: null })
      assert.ok(started.ok)
      const { id } = started.enrolment
      await answers(cast, id)
      assert.deepEqual(await lift(cast, id), AS_IT_WAS)
    })

    test('S66 is lifted by no number that was only proven before', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session, client } = cast
      textsOf(world)
      const { subscriberId } = session
      const number = { subscriberId, kind: 'mobile', value: SAMPLE_NUMBER } as const
      const { change, event } = (await provenContact(world, number)) ?? assert.fail('it was proven')
      assert.ok(await changeContact(world.db, { change, events: [event], now: world.now() }))
      const confirmation = await confirmed(cast, client, PHONE)
      const wish = { method: 'sms-code', request: { number: SAMPLE_NUMBER }, ...confirmation }
      const started = await startOnPage(world, session, wish)
      assert.ok(started.ok)
      const { id } = started.enrolment
      assert.ok((await findEnrolment(world.db, id))?.value.bound, 'it is bound at once')
      assert.deepEqual(await lift(cast, id), AS_IT_WAS)
    })

    test('R080 is lifted by what is bound on a page, too', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session, client } = cast
      const confirmation = await confirmed(cast, client, PHONE)
      const wish = { method: 'totp', request: null, ...confirmation }
      const started = await startOnPage(world, session, wish)
      assert.ok(started.ok)
      const { id } = started.enrolment
      assert.deepEqual(await lift(cast, id), AS_IT_WAS, 'before its code was typed')
      await answers(cast, id)
      const done = await lift(cast, id)
      assert.ok(done.ok)
      const next = await findOpenSession(world, done.token)
      assert.equal(next?.decision.rights.portal, 'full')
    })

    test('is lifted once, and by its own enrolment alone', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { id, activates } = await invited(cast)
      assert.deepEqual(await lift(cast, id), AS_IT_WAS, 'before the phone has answered')
      await activates()
      const other = await inWithPassword(cast.world, 'berta')
      assert.deepEqual(await lift({ ...other, client: cast.client }, id), AS_IT_WAS)
      const both = await Promise.all([lift(cast, id), lift(cast, id)])
      assert.deepEqual(both.map(({ ok }) => ok).toSorted(), [false, true])
      assert.equal((await lift(cast, id)).ok, false)
      const open = await listSessions(cast.world.db, cast.session.subscriberId, cast.world.now())
      assert.equal(open.length, 1)
    })

    test('is lifted while the invitation lasts: ten minutes', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const { id } = await activated(cast)
      const found = await findEnrolment(world.db, id)
      const end = found?.value.expiresAt ?? assert.fail('no enrolment')
      world.advance(minutes(10))
      assert.equal(world.now(), end)
      assert.deepEqual(await lift(cast, id), AS_IT_WAS)
      assert.ok(await findLiveSession(world, session.id), 'it goes on as it was')
    })

    test('S85 is not lifted after the phone was stopped, or anything else has happened to its client', async (t) => {
      const world = await testWorld(t, { database })
      const until = after(world.now(), days(1))
      const acts: readonly ((cast: Cast, phone: Authenticator) => Promise<unknown>)[] = [
        async ({ session }, { id }) =>
          await suspendAuthenticator(world, { ...session, proofs: STRONG }, { id }),
        async ({ session: { subscriberId } }) =>
          await startHold(world, { ...review, subscriberId, until }),
        async ({ session }) => await endAllSessions(world, session),
      ]
      for (const [index, act] of acts.entries()) {
        const cast = await inWithPassword(world, `client-${index}`)
        const { id, phone } = await activated(cast)
        await act(cast, phone)
        assert.equal((await lift(cast, id)).ok, false, `act ${index}`)
      }
    })

    test('S12 S85 is not lifted by who is faster than what ends it by a moment', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const cast = await inWithPassword(world)
      const { session } = cast
      const { id } = await activated(cast)
      let ended = 0
      const late = interrupted(world, async () => {
        if (ended === 0) ended = await endAllSessions(beside, session)
      })
      assert.equal((await lift({ ...cast, world: late }, id)).ok, false)
      assert.equal(ended, 1)
      assert.deepEqual(await listSessions(world.db, session.subscriberId, world.now()), [])
      // And where it comes first, it is among what ends.
      const berta = await inWithPassword(world, 'berta')
      const hers = await activated(berta)
      let lifted = false
      const later = interrupted(beside, async () => {
        if (!lifted) lifted = (await lift(berta, hers.id)).ok
      })
      await endAllSessions(later, berta.session)
      assert.ok(lifted)
      assert.deepEqual(await listSessions(world.db, berta.session.subscriberId, world.now()), [])
    })

    test('R028 opens what the rules of the account open to a login, and no more', async (t) => {
      const world = await testWorld(t, { database })
      const cast = await inWithPassword(world)
      const { id } = await activated(cast)
      // Without moving the state of the client: the rules are asked all the same.
      const closing = world.db.write
        .updateTable('account')
        .set({ status: 'closed-by-broker' })
        .where('subscriber_id', '=', cast.session.subscriberId)
      assert.ok(await world.db.commit([one(closing)]))
      const done = await lift(cast, id)
      const next = done.ok ? await findOpenSession(world, done.token) : null
      assert.equal(next?.decision.rights.portal, 'statements')
      assert.equal(next.decision.rights.trading, false)
      const moved = await inWithPassword(world, 'chen')
      const hers = await activated(moved)
      const change = { kind: 'relocate', residence: 'IN' } as const
      const { account } = moved.session
      const number = account?.number ?? assert.fail('no account')
      assert.ok((await changeAccount(world, { number, change, by: 'operator' })).ok)
      assert.equal((await lift(moved, hers.id)).ok, false, 'other rules: a login')
    })

    test('A9 is not lifted in a browser that was blocked', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const { id } = await activated(cast)
      const cookie = newSecret(world.random)
      await isBlocked(world, session, cookie)
      const by = { ...cast.client, browserCookie: cookie }
      const refused = { ok: false, problem: 'login.blocked-browser' }
      assert.deepEqual(await lift(cast, id, by), refused)
      // One that was new is refused by what has held its login.
      const berta = await inWithPassword(world, 'berta')
      const hers = await activated(berta)
      await isBlocked(world, berta.session, berta.client.holder)
      assert.deepEqual(await lift(berta, hers.id), refused)
    })

    test('S12 ends what was begun in it', async (t) => {
      const cast = await inWithPassword(await testWorld(t, { database }))
      const { world, session } = cast
      const { id } = await activated(cast)
      const task = await openTask(world, session, { deed: PHONE, platform: 'portal', next: NEXT })
      const done = await lift(cast, id)
      assert.ok(done.ok)
      const next = await findOpenSession(world, done.token)
      assert.ok(next)
      assert.ok(task.ok, JSON.stringify(task))
      const using = { id: task.task.id, deed: PHONE, usedFor: 'portal' }
      assert.equal((await useTask(world, next, using)).ok, false)
      assert.equal((await useTask(world, session, using)).ok, false)
    })
  })
}

const review = { kind: 'review', forbids: ['withdrawals'], by: 'operator' } as const

const STRONG = [{ method: 'phone-key', acr: '3', amr: ['pop', 'user'] }] as const

/** The browser with this cookie is refused from now on. */
async function isBlocked(
  world: TestWorld,
  { subscriberId }: OpenSession,
  cookie: string,
): Promise<void> {
  const now = world.now()
  const id = newId('brw', now, world.random)
  const at = { createdAt: now, seenAt: now, blockedAt: now, namedAt: null }
  const value = { id, subscriberId, label: 'Firefox, Linux', ...at }
  const cookieHash = secretHash(cookie)
  assert.ok(await world.db.commit([browserWrite(world.db, { value, version: null, cookieHash })]))
}

/** Types the code of an authenticator app that was just shown. */
async function answers({ world, session }: Cast, id: EnrolmentId): Promise<void> {
  const found = await findEnrolment(world.db, id)
  const { expected } = found?.value.drawn ?? assert.fail('nothing is drawn')
  const { key } = expected as { readonly key: string }
  const answer = codeAt(timeStep(TOTP_DEFAULT, world.now()), key)
  assert.ok((await answerOnPage(world, session, { id, answer })).ok)
}
