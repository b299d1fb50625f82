import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Case } from '#core/desk/case.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import { days, millis, seconds } from '#core/time/time.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { PASSWORD_IN_DOUBT } from '#engine/devices/migration.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { beginReset, completeReset } from '#engine/password/reset.ts'
import { decisionOn, type OpenSession } from '#engine/sessions/rights.ts'
import { endSession, findLiveSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { listHoldIds } from '#store/holds.ts'
import { cardOf } from '../../support/clients/card.ts'
import { begin, begun, numberOn, typed } from '../../support/clients/engine-story.ts'
import { boundCard, givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import {
  act,
  agent,
  type Call,
  call,
  called,
  eventsAbout,
  PASSCODE,
  sessionOf,
  warrantOf,
} from '../../support/desk/calls.ts'
import { problemOf } from '../../support/outcomes.ts'
import { approvedTask } from '../../support/clients/task.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld } from '../../support/server/world.ts'

const NEW = 'seven spoons of rain'
const RESET = { deed: 'reset-password' } as const

/** The agent has read out a code for another password. */
async function codeIn(there: Call): Promise<string> {
  const done = await act(there, RESET, await warrantOf(there, 'password'))
  assert.ok(done.ok && done.spoken, problemOf(done))
  return done.spoken
}

/** The agent has read out a passcode. */
async function passcodeIn(there: Call, asked = PASSCODE): Promise<string> {
  const done = await act(there, asked, await warrantOf(there, 'device'))
  assert.ok(done.ok && done.spoken, problemOf(done))
  return done.spoken
}

type Walk = Awaited<ReturnType<typeof walkOf>>

/** The code of the desk is typed in place of the password. */
async function walkOf({ world }: Call, code: string) {
  const client = browser()
  const begunReset = await beginReset(world, { userName: 'anna', code, client })
  assert.ok(begunReset.ok, problemOf(begunReset))
  return { client, held: { id: begunReset.login.id, holder: client.holder } }
}

const responseTo = async ({ world, anna }: Call, { client, held }: Walk) =>
  await anna.phone.respond(await numberOn(world, held.id, client), world.now())

const confirmed = async (there: Call, { client, held }: Walk) => {
  const response = await responseTo(there, { client, held })
  return await typed(there.world, held, { client, response })
}

/** A session with a card that the client was given in a branch. */
async function withCard({ world, anna }: Call): Promise<OpenSession> {
  const { card } = await cardOf(world, anna.subscriberId)
  const client = browser()
  const held = await askedFor(world, { client, method: 'security-card' })
  const response = card.press(SAMPLE_PIN, await numberOn(world, held.id, client))
  const done = await typed(world, held, { client, response })
  assert.ok(done.ok && done.token, problemOf(done))
  return (await findOpenSession(world, done.token)) ?? assert.fail('no session')
}

const stateOf = async (world: TestWorld, subscriberId: SubscriberId) => {
  const held = await listAuthenticators(world.db, subscriberId)
  return (wanted: string | AuthenticatorId): string | undefined =>
    held.find(({ value: { id, method } }) => id === wanted || method === wanted)?.value.lifecycle
}

const doubts = async ({ db, now }: TestWorld, subscriberId: SubscriberId) =>
  (await listHoldIds(db, { subscriberId, kind: PASSWORD_IN_DOUBT, now: now() })).length

const deny = async (world: TestWorld, session: OpenSession, { id }: Case) =>
  problemOf(await denyCall(world, session, id))

/** A login that is asked for this, in whichever way it is asked at once. */
async function askedFor(world: TestWorld, { client, method }: { client: Client; method: string }) {
  const { id } = await begun(world, client, 'anna')
  const held = { id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  const choice = view.choices.find((one) => one.method === method)
  assert.ok(choice, `no ${method} to choose`)
  const opened = await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  assert.ok(opened.ok, problemOf(opened))
  return held
}

for (const database of DATABASES) {
  suite(`A client who did not call, on ${database}`, () => {
    test('A13 S18 a code that was given in the call opens nothing, however far it was used', async (t) => {
      const stages: Readonly<Record<string, (there: Call, code: string) => Promise<Later>>> = {
        'not typed yet':
          async ({ world }, code) =>
          async () =>
            await beginReset(world, { userName: 'anna', code, client: browser() }),
        typed: async (there, code) => {
          const { client, held } = await walkOf(there, code)
          const response = await responseTo(there, { client, held })
          return async () => await typed(there.world, held, { client, response })
        },
        confirmed: async (there, code) => {
          const walk = await walkOf(there, code)
          assert.ok((await confirmed(there, walk)).ok)
          return async () => await completeReset(there.world, { ...walk.held, password: NEW })
        },
      }
      const heard: Record<string, string> = {}
      for (const [stage, begins] of Object.entries(stages)) {
        const there = await call(t, database)
        const { world, anna } = there
        const session = await sessionOf(world, anna)
        const goesOn = await begins(there, await codeIn(there))
        assert.equal(await deny(world, session, there.case), 'yes')
        heard[stage] = problemOf(await goesOn())
        assert.deepEqual(await eventsAbout(world, anna, 'password.changed'), [], stage)
        assert.ok(await findLiveSession(world, session.id), 'the session that says so goes on')
        assert.equal(await doubts(world, anna.subscriberId), 0)
      }
      assert.deepEqual(heard, {
        'not typed yet': 'login.wrong-credentials',
        typed: 'login.expired',
        confirmed: 'login.expired',
      })
    })

    test('A13 a password that was chosen with a code of the call is in doubt, and other sessions end', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const walk = await walkOf(there, await codeIn(there))
      assert.ok((await confirmed(there, walk)).ok)
      assert.ok((await completeReset(world, { ...walk.held, password: NEW })).ok)
      const own = await inWith(there, NEW)
      const other = await inWith(there, NEW)
      assert.equal(await deny(world, own, there.case), 'yes')
      assert.equal(await doubts(world, anna.subscriberId), 1)
      const { rights } = await decisionOn(world, own)
      assert.deepEqual([rights.trading, rights.bind, rights.withdrawalPerDayUsd], [false, false, 0])
      assert.equal(await findLiveSession(world, other.id), null)
      assert.ok(await findLiveSession(world, own.id))
    })

    test('A13 so is one that the caller has changed again', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const walk = await walkOf(there, await codeIn(there))
      assert.ok((await confirmed(there, walk)).ok)
      assert.ok((await completeReset(world, { ...walk.held, password: NEW })).ok)
      const changing = await inWith(there, NEW)
      const approving = { deed: PASSWORD_TASK, phone: anna.phone, password: NEW } as const
      const task = await approvedTask(world, changing, approving)
      const password = 'eight forks of snow'
      assert.ok((await changePassword(world, changing, { task, password })).ok)
      const own = await inWith(there, password)
      assert.equal(await deny(world, own, there.case), 'yes')
      assert.equal(await doubts(world, anna.subscriberId), 1)
    })

    test('A28 a password that was chosen with a code of another call is not', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const looked = await called(world, jane, anna)
      const walk = await walkOf(there, await codeIn(there))
      assert.ok((await confirmed(there, walk)).ok)
      assert.ok((await completeReset(world, { ...walk.held, password: NEW })).ok)
      const own = await inWith(there, NEW)
      assert.equal(await deny(world, own, looked), 'yes')
      assert.equal(await doubts(world, anna.subscriberId), 0)
      assert.equal((await decisionOn(world, own)).rights.trading, true)
    })

    test('A13 A14 a passcode that was given in the call ends, and the devices that rested for it work', async (t) => {
      const there = await call(t, database)
      const { world, anna, home } = there
      const passcode = await passcodeIn(there)
      const session = await withCard(there)
      const login = await askedFor(world, { client: home, method: 'temporary-passcode' })
      assert.equal(await deny(world, session, there.case), 'yes')
      const late = await answerLogin(world, { ...login, answer: { passcode } })
      assert.equal(problemOf(late), 'login.expired')
      const state = await stateOf(world, anna.subscriberId)
      assert.equal(state('temporary-passcode'), 'revoked')
      assert.equal(state(anna.phoneId), 'active')
      assert.ok(await findLiveSession(world, session.id))
      const told = await eventsAbout(world, anna, 'authenticator.reactivated')
      assert.ok(told.every((event) => event.within === session.id) && told.length === 1)
      await askedFor(world, { client: browser(), method: 'phone-key' })
    })

    test('A14 one that was used ends with its sessions and the card that was printed with it', async (t) => {
      const there = await call(t, database)
      const { world, anna, home } = there
      const passcode = await passcodeIn(there)
      const { session: theirs } = await inWithPasscode(
        world,
        { userName: 'anna', client: home },
        passcode,
      )
      await boundCard(world, theirs)
      const session = await withCard(there)
      assert.equal(await deny(world, session, there.case), 'yes')
      assert.equal(await findLiveSession(world, theirs.id), null)
      const state = await stateOf(world, anna.subscriberId)
      assert.equal(state('temporary-passcode'), 'revoked')
      assert.equal(state('code-card'), 'revoked')
      assert.equal(state('security-card'), 'active')
    })

    test('A14 a session that rests on it ends too, and what the caller called lost stays at rest', async (t) => {
      for (const [reason, phone] of [
        ['lost', 'suspended'],
        ['away', 'active'],
      ] as const) {
        const there = await call(t, database)
        const { world, anna, home } = there
        const passcode = await passcodeIn(there, { deed: 'issue-passcode', reason })
        const at = { userName: 'anna', client: home }
        const { session } = await inWithPasscode(world, at, passcode)
        const own = await findLiveSession(world, session.id)
        assert.ok(own)
        assert.equal(await deny(world, own, there.case), 'yes')
        assert.equal(await findLiveSession(world, own.id), null)
        const state = await stateOf(world, anna.subscriberId)
        assert.equal(state('temporary-passcode'), 'revoked')
        assert.equal(state(anna.phoneId), phone, reason)
      }
    })

    test('A13 a device that was blocked in the call stays blocked', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const device = await warrantOf(there, 'device')
      const stop = await warrantOf(there, 'stop')
      const block = { deed: 'block-device', authenticatorId: anna.phoneId } as const
      assert.equal(problemOf(await act(there, block, stop)), 'yes')
      assert.equal(problemOf(await act(there, PASSCODE, device)), 'yes')
      const session = await withCard(there)
      assert.equal(await deny(world, session, there.case), 'yes')
      assert.equal((await stateOf(world, anna.subscriberId))(anna.phoneId), 'suspended')
    })

    test('A28 what was given since in another call stays', async (t) => {
      const there = await call(t, database)
      const { world, anna, home } = there
      await passcodeIn(there)
      world.advance(seconds(1))
      const second = { by: 'agent-7', approvedBy: 'supervisor-1' }
      const passcode = await givenPasscode(world, 'anna', second)
      const at = { userName: 'anna', client: home }
      const { session } = await inWithPasscode(world, at, passcode)
      const own = await findLiveSession(world, session.id)
      assert.ok(own)
      assert.equal(await deny(world, own, there.case), 'yes')
      assert.ok(await findLiveSession(world, own.id))
      const state = await stateOf(world, anna.subscriberId)
      assert.equal(state(anna.phoneId), 'suspended', 'it rests for the other passcode as well')
      await inWithPasscode(world, at, passcode)
    })

    test('A13 what is given while the client says so is not left behind', async (t) => {
      const there = await call(t, database)
      const { world, anna, home } = there
      const password = await warrantOf(there, 'password')
      const session = await sessionOf(world, anna)
      let spoken: string | null = null
      const late = interrupted(world, async () => {
        if (spoken !== null) return
        const done = await act(there, RESET, password)
        spoken = (done.ok && done.spoken) || assert.fail(problemOf(done))
      })
      assert.equal(await deny(late, session, there.case), 'yes')
      assert.ok(spoken)
      const typing = { userName: 'anna', code: spoken, client: home }
      assert.equal(problemOf(await beginReset(world, typing)), 'login.wrong-credentials')
    })

    test('S12 a session that was ended at that moment denies nothing', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const session = await sessionOf(world, anna)
      const late = interrupted(world, async () => {
        await endSession(world, session, { id: session.id, by: 'holder' })
      })
      assert.equal(await deny(late, session, there.case), 'desk.conflict')
      assert.deepEqual(await eventsAbout(world, anna, 'desk.call-denied'), [])
    })

    test('a call can be denied for thirty days', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      world.advance(days(30))
      const late = await sessionOf(world, anna)
      assert.equal(await deny(world, late, there.case), 'desk.no-case')
      const second = await called(world, (await agent(world, 'bob')).open, anna)
      world.advance(millis(days(30) - 1))
      assert.equal(await deny(world, await sessionOf(world, anna), second), 'yes')
    })
  })
}

type Later = () => Promise<{ readonly ok: boolean; readonly problem?: string }>

/** A session with the phone and this password. */
async function inWith({ world, anna }: Call, password: string): Promise<OpenSession> {
  const client = browser()
  const started = await begin(world, client, { userName: 'anna', password })
  assert.ok(started.ok, problemOf(started))
  const { login } = started
  const response = await anna.phone.respond(await numberOn(world, login.id, client), world.now())
  const done = await typed(world, login, { client, response })
  assert.ok(done.ok && done.token, problemOf(done))
  return (await findOpenSession(world, done.token)) ?? assert.fail('no session')
}
