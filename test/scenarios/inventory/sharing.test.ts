import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import type { TypedFacts } from '#core/subscribers/identity.ts'
import { after, days, hours } from '#core/time/time.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import {
  agreeToShare,
  askToShare,
  declineShare,
  lookUpShares,
  sharesOf,
  withdrawShare,
} from '#engine/inventory/share-requests.ts'
import { sharedDevicesOf } from '#engine/inventory/shared-devices.ts'
import { changeAccount, createAccount, startHold } from '#engine/subscribers/accounts.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { endOtherSessions, endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { SAMPLE_PIN, type SampleCard } from '#methods/security-card/sample.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { any } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import { cardOf } from '../../support/clients/card.ts'
import {
  begin,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  typed,
} from '../../support/clients/engine-story.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const FACTS: TypedFacts = {
  birthDate: '1984-02-29',
  citizenship: 'CH',
  documents: [{ type: 'passport', number: 'X0471-9926' }],
}

/** Anna has a card and two user names; `anna2` has no device yet. */
async function cast(world: TestWorld) {
  const one = await world.add({ userName: 'anna', password: PASSWORD })
  const two = await world.add({ userName: 'anna2', password: PASSWORD })
  const { card, id } = await cardOf(world, one)
  for (const subscriberId of [one, two]) {
    assert.ok((await setIdentity(world, { id: subscriberId, facts: FACTS, by: 'operator' })).ok)
    const account = { number: `U-${subscriberId.slice(-6)}`, environment: 'live' } as const
    const living = { subscriberId, residence: 'CH', by: 'operator' } as const
    assert.ok((await createAccount(world, { ...account, ...living })).ok)
  }
  return { world, one, two, card, id }
}

type Cast = Awaited<ReturnType<typeof cast>>

/** A session in the portal, opened with the card. */
async function withCard(world: TestWorld, card: SampleCard, userName = 'anna'): Promise<Session> {
  const client = browser()
  const started = await begin(world, client, { userName, platform: 'portal' })
  assert.ok(started.ok)
  const number = await numberOn(world, started.login.id, client)
  const response = card.press(SAMPLE_PIN, number)
  const done = await typed(world, started.login, { client, response })
  assert.ok(done.ok && done.token)
  return (await findOpenSession(world, done.token)) ?? assert.fail('no session')
}

const outcome = (done: { readonly ok: boolean; readonly problem?: string }) =>
  done.ok ? 'ok' : done.problem

/** `anna2` asks for what `anna` has. */
async function asked({ world }: Cast, userName = 'anna') {
  const session = await firstSession(world, 'anna2')
  assert.equal(outcome(await askToShare(world, session, { userName })), 'ok')
  await lookUpShares(world)
  return session
}

async function offered({ world, card }: Cast) {
  const session = await withCard(world, card)
  const { offered: all } = await sharesOf(world, session)
  return { session, all }
}

/** What may come between the question and the answer. */
const BETWEEN: Readonly<Record<string, (cast: Cast, owner: Session) => Promise<unknown>>> = {
  'the card is reported lost': ({ world, id }, owner) => suspendAuthenticator(world, owner, { id }),
  'the card is removed': ({ world, id }, owner) => revokeAuthenticator(world, owner, { id }),
  'the one who asked is given a passcode': ({ world, two }) =>
    issueTemporaryPasscode(world, { subscriberId: two, by: 'agent-1', reason: 'lost' }),
  'the owner is given a passcode': ({ world, one }) =>
    issueTemporaryPasscode(world, { subscriberId: one, by: 'agent-1', reason: 'lost' }),
  'another number of the passport is recorded': ({ world, two }) => {
    const documents = [{ type: 'passport', number: 'X0471-9927' } as const]
    return setIdentity(world, { id: two, facts: { ...FACTS, documents }, by: 'operator' })
  },
  'another birth date of the owner is recorded': ({ world, one }) => {
    const facts = { ...FACTS, birthDate: '1984-02-28' }
    return setIdentity(world, { id: one, facts, by: 'operator' })
  },
  'the card is locked': async ({ world, id }) => {
    const { value, version } = (await findAuthenticator(world.db, id)) ?? assert.fail('no card')
    const changed = [{ value: { ...value, lifecycle: 'disabled' } as const, version }]
    return await commitAuthenticators(world.db, { now: world.now(), changed, events: [] })
  },
  'the one who asked is another in rights by now': ({ world, two }) =>
    startHold(world, {
      subscriberId: two,
      kind: 'review',
      forbids: ['withdrawals'],
      until: after(world.now(), hours(1)),
      by: 'operator',
    }),
  'a client moves': ({ world, one }) =>
    changeAccount(world, {
      number: `U-${one.slice(-6)}`,
      change: { kind: 'relocate', residence: 'BR' },
      by: 'operator',
    }),
  'an account is closed': ({ world, two }) =>
    changeAccount(world, {
      number: `U-${two.slice(-6)}`,
      change: { kind: 'close', by: 'broker' },
      by: 'operator',
    }),
  'binding is held': ({ world, two }) =>
    startHold(world, {
      subscriberId: two,
      kind: 'review',
      forbids: ['binding'],
      until: after(world.now(), hours(1)),
      by: 'operator',
    }),
}

for (const database of DATABASES) {
  suite(`A device is shared on ${database}`, () => {
    test('an owner has five requests before them at most, and none about a card that rests', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, card, id } = all
      const session = await withCard(world, card)
      for (let number = 1; number <= 6; number += 1) {
        const userName = `also-${number}`
        const subscriberId = await world.add({ userName, password: PASSWORD })
        const account = {
          number: `U-${subscriberId.slice(-6)}`,
          environment: 'live',
          residence: 'CH',
        } as const
        assert.ok((await setIdentity(world, { id: subscriberId, facts: FACTS, by: 'operator' })).ok)
        assert.ok((await createAccount(world, { ...account, subscriberId, by: 'operator' })).ok)
        const asker = await firstSession(world, userName)
        assert.equal(outcome(await askToShare(world, asker, { userName: 'anna' })), 'ok')
        await lookUpShares(world)
        assert.equal((await sharesOf(world, session)).offered.length, Math.min(number, 5))
      }
      const reasons = (await auditOf(world)).flatMap((event) =>
        event.kind === 'sharing.idle' ? [event.reason] : [],
      )
      assert.deepEqual(reasons, ['too-many'])
      world.advance(days(8))
      assert.equal((await sharesOf(world, session)).offered.length, 0)
      const again = await withCard(world, card)
      assert.equal(outcome(await suspendAuthenticator(world, again, { id })), 'ok')
      await asked(all)
      assert.equal((await sharesOf(world, again)).offered.length, 0)
    })

    test('R120 A32 the other asks, the owner agrees, both are told, and each response opens one login', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, one, two, card, id } = all
      const asking = await asked(all)
      const { session, all: requests } = await offered(all)
      const [request] = requests
      assert.ok(request && requests.length === 1)
      assert.equal(request.asker, 'anna2')
      assert.equal(outcome(await agreeToShare(world, session, request)), 'ok')
      assert.equal(outcome(await agreeToShare(world, session, request)), 'sharing.over')
      const held = await findAuthenticator(world.db, id)
      assert.deepEqual(held?.subscriberIds.toSorted(), [one, two].toSorted())
      const kindsOf = async (who: SubscriberId) =>
        (await listSubscriberEvents(world.db, who, { limit: 50 })).map(({ event }) => event.kind)
      assert.ok((await kindsOf(one)).includes('sharing.agreed'))
      assert.ok((await kindsOf(two)).includes('authenticator.bound'))
      assert.equal((await sharesOf(world, asking)).asked[0]?.heard, 'agreed')
      assert.deepEqual(await sharedDevicesOf(world, two), [
        { label: held?.value.label, method: 'security-card', userNames: ['anna', 'anna2'] },
      ])

      const client = browser()
      const login = await begun(world, client, 'anna2')
      const number = await numberOn(world, login.id, client)
      const wrong = card.press('0000', number)
      assert.equal(
        outcome(await typed(world, login, { client, response: wrong })),
        'login.wrong-answer',
      )
      assert.ok(await withCard(world, card, 'anna2'))
    })

    test('a name that does not exist, one of another person and one that is asked look the same', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, two } = all
      const other = await world.add({ userName: 'emil', password: PASSWORD })
      await cardOf(world, other, 'd')
      const session = await firstSession(world, 'anna2')
      const names = ['nobody-has-this', 'emil', 'anna']
      const first: unknown[] = []
      for (const userName of names) first.push(await askToShare(world, session, { userName }))
      await lookUpShares(world)
      for (const userName of names) first.push(await askToShare(world, session, { userName }))
      assert.deepEqual(new Set(first.map((said) => JSON.stringify(said))).size, 1)
      const { asked: shown } = await sharesOf(world, session)
      assert.equal(shown.length, 3)
      assert.deepEqual(new Set(shown.map(({ heard }) => heard)), new Set(['waiting']))
      const told = await listSubscriberEvents(world.db, other, { limit: 50 })
      assert.ok(!told.some(({ event }) => event.kind.startsWith('sharing.')))
      const reasons = (await auditOf(world)).flatMap((event) =>
        event.kind === 'sharing.idle' ? [event.reason] : [],
      )
      assert.deepEqual(reasons.toSorted(), ['no-client', 'token.different-people'])

      // What the owner says is not heard either, until the request is over.
      const { session: owner, all: requests } = await offered(all)
      assert.equal(outcome(await declineShare(world, owner, requests[0] ?? assert.fail())), 'ok')
      const heardBy = async () => (await sharesOf(world, session)).asked.map(({ heard }) => heard)
      assert.deepEqual(new Set(await heardBy()), new Set(['waiting']))
      world.advance(days(7))
      assert.deepEqual(new Set(await heardBy()), new Set(['over']))
      assert.equal((await findAuthenticator(world.db, all.id))?.subscriberIds.includes(two), false)
    })

    test('A28 five names a day in one browser, which another browser does not use up', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world } = all
      const thief = await firstSession(world, 'anna2')
      const said: unknown[] = []
      for (let turn = 0; turn < 6; turn += 1)
        said.push(outcome(await askToShare(world, thief, { userName: `name-${turn}` })))
      assert.deepEqual(said, [...Array.from({ length: 5 }, () => 'ok'), 'sharing.too-many'])
      const own = await firstSession(world, 'anna2')
      assert.equal(outcome(await askToShare(world, own, { userName: 'anna' })), 'ok')
      world.advance(hours(24))
      const next = await firstSession(world, 'anna2')
      assert.equal(outcome(await askToShare(world, next, { userName: 'name-6' })), 'ok')
    })

    test('A28 what is refused for all new browsers together uses up nothing of the one that asks', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, two } = all
      const ask = async (session: Session, userName: string) =>
        outcome(await askToShare(world, session, { userName }))
      for (const turn of [1, 2]) {
        const thief = await firstSession(world, 'anna2')
        for (let at = 0; at < 5; at += 1) assert.equal(await ask(thief, `n-${turn}-${at}`), 'ok')
      }
      const own = await firstSession(world, 'anna2')
      for (let at = 0; at < 5; at += 1) assert.equal(await ask(own, `o-${at}`), 'sharing.too-many')
      const together = { name: 'share-client', count: 10, per: hours(24) } as const
      await world.limits.giveBack(together, two, world.now())
      assert.equal(await ask(own, 'anna'), 'ok')
    })

    test('what can not be another user name is refused, and writes nothing', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world } = all
      const session = await firstSession(world, 'anna2')
      for (const userName of ['', ' ', 'anna2', 'ANNA2', 'a'.repeat(65), 'a\u0000b'])
        assert.equal(outcome(await askToShare(world, session, { userName })), 'sharing.name')
      assert.deepEqual(await sharesOf(world, session), { asked: [], offered: [] })
    })

    test('a request of another client is not there, and one that was taken back is agreed to no more', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world } = all
      const asking = await asked(all)
      const { session, all: requests } = await offered(all)
      const request = requests[0] ?? assert.fail('nothing is asked')
      assert.equal(outcome(await withdrawShare(world, session, request)), 'sharing.not-found')
      for (const act of [agreeToShare, declineShare])
        assert.equal(outcome(await act(world, asking, request)), 'sharing.not-found')
      assert.equal(outcome(await withdrawShare(world, asking, request)), 'ok')
      assert.equal(outcome(await agreeToShare(world, session, request)), 'sharing.not-found')
      assert.deepEqual((await sharesOf(world, asking)).asked, [])
    })

    test('R120 a PIN that is known of the one who joins is changed first', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, one, two } = all
      const documents = [...FACTS.documents, { type: 'other', number: `7${SAMPLE_PIN}1` } as const]
      assert.ok(
        (await setIdentity(world, { id: two, facts: { ...FACTS, documents }, by: 'operator' })).ok,
      )
      await asked(all)
      const { session, all: requests } = await offered(all)
      const agreed = await agreeToShare(world, session, requests[0] ?? assert.fail())
      assert.equal(outcome(agreed), 'authenticator.pin-known')
      const refused = (await auditOf(world)).filter(({ kind }) => kind === 'sharing.refused')
      assert.deepEqual(
        refused.map(({ subscriberId, within }) => [subscriberId, within]),
        [[one, session.id]],
      )
      assert.equal((await offered(all)).all.length, 1, 'with another PIN it can be agreed to')
    })

    test('S12 a request out of a session that its client has ended shares nothing', async (t) => {
      const all = await cast(await testWorld(t, { database }))
      const { world, two, id } = all
      const own = await firstSession(world, 'anna2')
      const ways: readonly ((thief: Session) => Promise<{ readonly ok: boolean }>)[] = [
        (thief) => endSession(world, own, { id: thief.id, by: 'holder' }),
        // One that has logged out since is not among those that are ended.
        async (thief) => {
          await endSession(world, thief, { id: thief.id, by: 'log-out' })
          return await endOtherSessions(world, own)
        },
      ]
      for (const [turn, end] of ways.entries()) {
        const thief = await asked(all)
        const { session, all: requests } = await offered(all)
        const request = requests[0] ?? assert.fail('nothing is asked')
        // The second time it is ended while the owner agrees.
        const seen = turn === 1 ? overtaken(world, () => end(thief)) : world
        if (turn === 0) {
          assert.ok((await end(thief)).ok)
          assert.deepEqual((await offered(all)).all, [])
        }
        assert.equal(outcome(await agreeToShare(seen, session, request)), 'sharing.over')
        assert.equal((await findAuthenticator(world.db, id))?.subscriberIds.includes(two), false)
      }
      // One that came on record while its session was ended is not seen by that.
      const late = await asked(all)
      const disowning = world.db.write.updateTable('session').set({ disowned_at_ms: world.now() })
      assert.ok(await world.db.commit([any(disowning.where('id', '=', late.id))]))
      const missed = await offered(all)
      const answer = await agreeToShare(world, missed.session, missed.all[0] ?? assert.fail())
      assert.equal(outcome(answer), 'sharing.over')
      assert.ok((await withdrawShare(world, late, missed.all[0] ?? assert.fail())).ok)

      // Its client may leave before the owner agrees.
      const asking = await asked(all)
      await endSession(world, asking, { id: asking.id, by: 'log-out' })
      const { session, all: requests } = await offered(all)
      assert.equal(outcome(await agreeToShare(world, session, requests[0] ?? assert.fail())), 'ok')
    })

    for (const [what, act] of Object.entries(BETWEEN)) {
      test(`R120 nothing is shared where ${what} while the owner agrees`, async (t) => {
        const all = await cast(await testWorld(t, { database }))
        const { world, two, id } = all
        await asked(all)
        const { session, all: requests } = await offered(all)
        const request = requests[0] ?? assert.fail('nothing is asked')
        // It reads that nothing stands in the way, does not write it, and reads anew.
        const seen = overtaken(world, () => act(all, session))
        assert.notEqual(outcome(await agreeToShare(seen, session, request)), 'ok')
        assert.equal((await findAuthenticator(world.db, id))?.subscriberIds.includes(two), false)
      })
    }
  })
}
