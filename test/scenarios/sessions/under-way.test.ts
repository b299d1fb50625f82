import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { after, hours, minutes } from '#core/time/time.ts'
import {
  type Ending,
  ENDING_NAMES,
  ENDINGS,
  extentOf,
  UNDER_WAY,
} from '#core/sessions/under-way.ts'
import { newId } from '#core/ids.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { openActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import { suspendAuthenticator } from '#engine/devices/overview.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { openTask } from '#engine/tasks/tasks.ts'
import { methodNamed } from '#engine/world.ts'
import { sendBack } from '#engine/orders/fulfilment.ts'
import { choosePassword } from '#engine/password/change.ts'
import { startReset } from '#engine/password/reset.ts'
import { revokeTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import {
  endAllSessions,
  endOtherSessions,
  endSession,
  findLiveSession,
} from '#engine/sessions/sessions.ts'
import { stopSuccessor, succeedDue } from '#engine/devices/migration.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { bindingWrites, listAuthenticators } from '#store/devices/authenticators.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import { inPortal, wealthy } from '../../support/clients/orders.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import { type Act, ACTS, HOUSE, THINGS, TOLD_APART } from '../../support/models/under-way.ts'
import { type Cast, castOf } from '../../support/models/under-way-clients.ts'
import { authenticatorOf } from '../../support/clients/engine-story.ts'
import { testWorld } from '../../support/server/world.ts'

test('every kind of thing and every act is tried against each other', () => {
  assert.deepEqual([...new Set(THINGS.map(({ is }) => is))].toSorted(), [...UNDER_WAY].toSorted())
  const acts = [...ACTS.map(({ by }) => by), ...TOLD_APART]
  assert.deepEqual(acts.toSorted(), [...ENDING_NAMES].toSorted())
})

/**
 * Which acts leave a thing as it was, in every session. The stories below take what they expect
 * from the table, so none of them would find a row that got weaker; what is not named here ends
 * with every act.
 */
const LEFT = {
  begun: ['log-out', 'session-lifted', 'session-ended', 'others-ended'],
  order: [
    ...(['log-out', 'session-lifted', 'session-ended', 'others-ended'] as const),
    ...(['device-bound', 'device-returned'] as const),
    ...(['device-replaced', 'device-given', 'device-waiting', 'held', 'binding-held'] as const),
    ...(['account-closed', 'account-moved', 'rules-tightened', 'user-changed'] as const),
  ],
  successor: [
    ...(['log-out', 'session-lifted', 'session-ended', 'others-ended'] as const),
    ...(['device-stopped', 'device-removed'] as const),
    ...(['device-bound', 'device-returned', 'device-replaced', 'device-given'] as const),
    ...(['device-waiting', 'held', 'account-moved', 'user-changed'] as const),
  ],
  'reset-code': [
    ...([
      'log-out',
      'session-lifted',
      'session-ended',
      'others-ended',
      'passcode-issued',
      'passcode-revoked',
    ] as const),
    ...(['device-bound', 'device-returned', 'device-replaced', 'device-given'] as const),
    ...(['device-waiting', 'held', 'binding-held', 'account-closed'] as const),
    ...(['account-moved', 'rules-tightened', 'user-changed'] as const),
  ],
  login: [
    ...(['log-out', 'session-lifted', 'session-ended', 'device-given'] as const),
    ...(['device-waiting', 'held'] as const),
    ...(['binding-held', 'account-closed', 'account-moved', 'user-changed'] as const),
  ],
} as const satisfies Readonly<Record<string, readonly Ending[]>>

/** Of these, what was begun in a session that ends with the act ends all the same. */
const OF_SESSIONS = {
  begun: LEFT.begun,
  order: ['session-ended', 'others-ended'],
  successor: ['session-ended', 'others-ended', 'device-stopped', 'device-removed'],
} as const satisfies Readonly<Record<string, readonly Ending[]>>

/** Which sessions end beside those that the act names. */
const SESSIONS = {
  all: ['password-reset', 'passcode-issued', 'passcode-revoked', 'device-replaced', 'not-me'],
  others: [
    ...(['password-changed', 'device-stopped', 'device-removed', 'device-bound'] as const),
    ...(['device-returned', 'successor-stopped', 'call-denied'] as const),
  ],
  none: ['device-given', 'device-waiting', 'held', 'binding-held'],
} as const satisfies Readonly<Record<string, readonly Ending[]>>

test('S12 S85 no act ends less than is written here a second time', () => {
  for (const thing of UNDER_WAY) {
    const kind = thing in LEFT ? (thing as keyof typeof LEFT) : 'begun'
    const withReach = (...reaches: readonly string[]) =>
      ENDING_NAMES.filter((by) => reaches.includes(extentOf(by, thing))).toSorted()
    assert.deepEqual(withReach('none', 'of-sessions'), LEFT[kind].toSorted(), thing)
    const ofSessions = kind in OF_SESSIONS ? OF_SESSIONS[kind as keyof typeof OF_SESSIONS] : []
    assert.deepEqual(withReach('of-sessions'), ofSessions.toSorted(), thing)
  }
  for (const [reach, acts] of Object.entries(SESSIONS)) {
    const found = ENDING_NAMES.filter((by) => ENDINGS[by].sessions === reach)
    assert.deepEqual(found.toSorted(), acts.toSorted(), reach)
  }
})

/** A phone that is due to take its place. */
async function waiting({ world, subscriberId, client }: Cast): Promise<void> {
  const held = await listAuthenticators(world.db, subscriberId)
  const phone = held.find(({ value }) => value.id === authenticatorOf(client.phone))
  assert.ok(phone)
  const now = world.now()
  const next = { ...phone.value, id: newId('aut', now, world.random), pendingUntil: now }
  assert.ok(await world.db.commit(bindingWrites(world.db, next, [subscriberId])))
}

for (const database of DATABASES) {
  suite(`acts that need a story of their own, over ${database}`, () => {
    const invited = THINGS[0] ?? assert.fail('no invitation')
    const task = THINGS.find(({ is }) => is === 'task') ?? assert.fail('no task')

    test('A12 who stops a phone that waits ends what is under way in that session, too', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }), { isWeak: true })
      const { world, owners, subscriberId } = cast
      const completes = await invited.begin(cast)
      await waiting(cast)
      const mine = await task.begin({ ...cast, theirs: owners })
      const by = { subscriberId, by: 'session', spare: owners.id } as const
      assert.ok((await stopSuccessor(world, by)).ok)
      assert.equal(await completes(world), 'enrolment.expired')
      assert.equal(await mine(world), 'task.cancelled')
    })

    test('A12 a phone that begins to wait while something ends does not escape it', async (t) => {
      const one = await testWorld(t, { database, ...HOUSE })
      const other = await testWorld(t, { database, ...HOUSE, beside: one })
      for (const act of ACTS.filter(({ by }) => extentOf(by, 'successor') !== 'none')) {
        const cast = await castOf(one, { isWeak: true })
        const { world, subscriberId } = cast
        const acts = await act.prepare(cast)
        const completes = await invited.begin(cast)
        let told = ''
        const late = interrupted(world, async () => {
          if (told === '') told = await completes(other)
        })
        const done = await acts(late)
        assert.equal(told, 'yes', act.by)
        // What it was confirmed with is over with what it had read: its client begins again, and
        // nothing was done.
        if (done !== 'yes') {
          assert.match(done, /\.conflict$/, act.by)
          continue
        }
        one.advance(hours(73))
        await succeedDue(world)
        const phones = (await listAuthenticators(world.db, subscriberId)).filter(
          ({ value }) => value.method === 'phone-key' && value.lifecycle === 'active',
        )
        const own = authenticatorOf(cast.client.phone)
        assert.ok(
          phones.every(({ value }) => value.id === own),
          `${act.by}: a phone of another took its place`,
        )
      }
    })

    test('S70 a card that is sent back ends what a session that ends with it had begun', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }), { isWeak: true })
      const { world, subscriberId, spare } = cast
      assert.equal(await (await invited.begin(cast))(world), 'yes')
      assert.ok((await startReset(world, { subscriberId, by: 'agent-7' })).ok)
      const proofs = [{ method: 'security-card', acr: '4', amr: ['hwk'] }] as const
      const back = await sendBack(world, { ...cast.owners, proofs }, spare.id)
      assert.ok(back.ok, JSON.stringify(back))
      const held = await listAuthenticators(world.db, subscriberId)
      const left = held.filter(
        ({ value }) =>
          value.lifecycle === 'active' &&
          (value.pendingUntil !== null || value.method === 'reset-code'),
      )
      assert.deepEqual(left, [])
    })

    test('S12 R028 every act that ends sessions or phones has what shows them look again at once', async (t) => {
      const world = await testWorld(t, { database, ...HOUSE })
      const ending = ({ by }: Act) =>
        ENDINGS[by].sessions !== 'none' || extentOf(by, 'successor') !== 'none'
      for (const act of ACTS.filter(ending)) {
        const cast = await castOf(world)
        const acts = await act.prepare(cast)
        let heard = 0
        const listener = () => (heard += 1)
        const stop = world.wakeUps.subscribe(topicOfClient(cast.subscriberId), listener)
        assert.equal(await acts(cast.world), 'yes', act.by)
        await setImmediate()
        assert.ok(heard > 0, act.by)
        stop()
      }
    })

    test('S12 nothing is printed or brought back while the back office forbids binding', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, owners, subscriberId, spare } = cast
      assert.ok((await suspendAuthenticator(world, owners, { id: spare.id })).ok)
      const until = after(world.now(), hours(24 * 20))
      const forbids = ['binding'] as const
      await startHold(world, { subscriberId, kind: 'review', forbids, until, by: 'operator' })
      const onHold = { ok: false, problem: 'account.on-hold' }
      const back = { id: spare.id, from: 'loss' } as const
      assert.deepEqual(await reactivateAuthenticator(world, owners, back), onHold)
      const card = methodNamed(world, 'code-card')
      assert.deepEqual(await bindingBy(world, owners, card), { ...onHold, until })
      const passcode = await givenPasscode(world, cast.client.userName)
      const at = { userName: cast.client.userName }
      const { client } = await inWithPasscode(world, at, passcode)
      world.advance(hours(24 * 3))
      const late = await inWithPasscode(world, { ...at, client }, passcode)
      assert.deepEqual(await bindingBy(world, late.session, card), { ...onHold, until })
    })

    test('A28 a session that opens tasks without end keeps no other session from its own', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, theirs, owners } = cast
      const next = { to: '/portal', fields: null, back: '/portal' }
      const wish = { deed: { kind: 'password', facts: {} }, platform: 'portal', next } as const
      let last = await openTask(world, theirs, wish)
      for (let opened = 0; opened < 60; opened += 1) last = await openTask(world, theirs, wish)
      // It is counted by session, and says so, until when.
      const until = after(world.now(), hours(1))
      assert.deepEqual(last, { ok: false, problem: 'task.too-many', until })
      assert.ok((await openTask(world, owners, wish)).ok)
    })

    test('S10 what is counted by client says so, and nothing of a network', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, subscriberId, owners } = cast
      const until = after(world.now(), hours(1))
      for (let begun = 0; begun < 10; begun += 1) {
        await startEnrolment(world, owners, { method: 'phone-key' })
      }
      const another = await startEnrolment(world, owners, { method: 'phone-key' })
      assert.deepEqual(another, { ok: false, problem: 'enrolment.too-many', until })
      const choose = async () =>
        await choosePassword(world, { subscriberId, password: 'x' }, () => assert.fail())
      for (let tried = 0; tried < 30; tried += 1) {
        const weak = await choose()
        assert.equal('problem' in weak && weak.problem, 'subscriber.weak-password')
      }
      const problem = 'subscriber.too-many-passwords'
      assert.deepEqual(await choose(), { ok: false, problem, until })
    })

    test('A28 a session that ends the others without end does not keep its owner out', async (t) => {
      const world = await testWorld(t, { database })
      const client = await wealthy(world)
      const stolen = await inPortal(world, client)
      const ends = async () => {
        const others = await listSessions(world.db, stolen.subscriberId, world.now())
        const other = others.find(({ id, endedAt }) => id !== stolen.id && endedAt === null)
        if (other) await endSession(world, stolen, { id: other.id, by: 'holder' })
        return await endOtherSessions(world, stolen)
      }
      let own: OpenSession | null = null
      for (let tries = 0; tries < 6 && own === null; tries += 1) {
        own = await inPortal(world, client, ends).catch(() => null)
        world.advance(minutes(15))
      }
      assert.ok(own, 'the owner does not come in')
      const refused = await ends()
      assert.equal('problem' in refused && refused.problem, 'session.too-many-ended')
      const byId = await endSession(world, stolen, { id: own.id, by: 'holder' })
      assert.equal('problem' in byId && byId.problem, 'session.too-many-ended')
      assert.ok(await findLiveSession(world, own.id))
      // To go is never refused: neither from this session alone nor, in another, from all of them.
      assert.ok((await endSession(world, stolen, { id: stolen.id, by: 'holder' })).ok)
      for (let tries = 0; tries < 6; tries += 1) await endOtherSessions(world, own)
      assert.equal(await endAllSessions(world, own), 1)
    })

    test('S12 a session that is ended at that moment ends no other, and hears of it', async (t) => {
      const world = await testWorld(t, { database })
      const client = await wealthy(world)
      const [one, other] = [await inPortal(world, client), await inPortal(world, client)]
      const late = interrupted(world, async () => {
        await endSession(world, other, { id: one.id, by: 'holder' })
      })
      const refused = await endOtherSessions(late, one)
      assert.equal('problem' in refused && refused.problem, 'session.conflict')
      assert.ok(await findLiveSession(world, other.id))
    })

    test('S85 S12 a phone hears when it opens an invitation that this ended with its session, or with a right', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, subscriberId } = cast
      const until = after(world.now(), hours(1))
      const hold = { kind: 'review', forbids: ['withdrawals'], until, by: 'operator' } as const
      const endings = [
        [cast.theirs, () => endSession(world, cast.theirs, { id: cast.theirs.id, by: 'log-out' })],
        [cast.owners, () => startHold(world, { subscriberId, ...hold })],
      ] as const
      for (const [session, end] of endings) {
        const begun = await startEnrolment(world, session, { method: 'phone-key' })
        assert.ok(begun.ok)
        const seen = { activation: { token: begun.token }, address: '198.51.100.9' }
        assert.ok((await openActivation(world, seen)).ok)
        await end()
        const over = { ok: false, problem: 'enrolment.expired' }
        assert.deepEqual(await openActivation(world, seen), over)
      }
    })

    test('R113 a phone that its client binds leaves the day of an order, and a hold puts it off', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, owners, subscriberId } = cast
      const due = THINGS.find(({ is }) => is === 'order') ?? assert.fail('no order')
      const completes = await due.begin(cast)
      assert.equal(await (await invited.begin({ ...cast, theirs: owners }))(world), 'yes')
      const until = after(world.now(), hours(1))
      const forbids = ['binding'] as const
      await startHold(world, { subscriberId, kind: 'review', forbids, until, by: 'operator' })
      assert.equal(await completes(world), 'waits')
      world.advance(hours(2))
      assert.equal(await completes(world), 'yes')
    })

    test('R062 a phone that takes its place ends what was begun before', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const completes = await task.begin(cast)
      await waiting(cast)
      await succeedDue(cast.world)
      assert.equal(await completes(cast.world), 'task.cancelled')
    })

    test('R097 a passcode that the desk takes back ends what was begun with it', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, client, subscriberId } = cast
      const passcode = await givenPasscode(world, client.userName)
      const { session } = await inWithPasscode(world, { userName: client.userName }, passcode)
      const theirs = await findLiveSession(world, session.id)
      assert.ok(theirs)
      const completes = await invited.begin({ ...cast, theirs })
      assert.ok((await revokeTemporaryPasscode(world, { subscriberId, by: 'agent-7' })).ok)
      assert.equal(await completes(world), 'enrolment.expired')
    })
  })
}
