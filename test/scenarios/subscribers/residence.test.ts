import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { after, days, hours, minutes } from '#core/time/time.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { succeedDue } from '#engine/devices/migration.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { placeOrder } from '#engine/orders/orders.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { changeAccount, createAccount, startHold } from '#engine/subscribers/accounts.ts'
import { setOptedOut } from '#engine/subscribers/opting-out.ts'
import { explainRights } from '#engine/subscribers/explain.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import { rulesKeeper } from '#engine/subscribers/rules-table.ts'
import { placesWithoutDecoys, placesWithoutMail } from '#engine/subscribers/relocation.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { listNotices } from '#store/notices/notices.ts'
import { findOrder } from '#store/orders/orders.ts'
import { chosen, inPortal, ordered, sentTo, wealthy } from '../../support/clients/orders.ts'
import {
  activate,
  begin,
  numberOn,
  PASSWORD,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import { auditOf } from '../../support/audit.ts'
import { pebble } from '../../support/sample-method.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** Where a client lives decides whose rules apply, also while something is under way (R132). */

const NUMBER = 'U-anna'

const move = async (world: TestWorld, residence: string | null, number = NUMBER) => {
  const change = { kind: 'relocate', residence } as const
  const changed = await changeAccount(world, { number, change, by: 'operator' })
  assert.ok(changed.ok, JSON.stringify(changed))
  return changed
}

/** A further account of the client. */
const addAccount = async (world: TestWorld, subscriberId: SubscriberId, residence: string) => {
  const about = { number: 'U-further', environment: 'live', subscriberId, residence } as const
  const made = await createAccount(world, { ...about, by: 'operator' })
  assert.ok(made.ok, JSON.stringify(made))
}

const optedOutIn = async (world: TestWorld, id: SubscriberId) =>
  (await listAccounts(world.db, id))
    .map(({ number, optedOut }) => [number, optedOut] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))

const kindsOf = async (world: TestWorld, id: SubscriberId) =>
  (await listSubscriberEvents(world.db, id, { limit: 100 }))
    .map(({ event }) => event.kind)
    .toReversed()

async function anna(world: TestWorld) {
  const phone = await personWithPhone(world, 'anna')
  const session = await inPortal(world, { userName: 'anna', phone })
  return { phone, session, id: session.subscriberId }
}

/** Anna trades with her password alone. */
async function optedOut(world: TestWorld) {
  const client = await anna(world)
  assert.deepEqual(await setOptedOut(world, client.session, true), { ok: true })
  return client
}

/** Anna has opted out, and is at the trading platform with her password. */
async function trading(world: TestWorld): Promise<string> {
  const who = browser()
  const started = await begin(world, who, { userName: 'anna' })
  assert.ok(started.ok && started.login.state === 'completed')
  const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
  assert.ok(taken.ok && taken.token)
  return taken.token
}

/** Anna has a phone, and one that she has set up with what could be a text, and that waits. */
async function withWaitingPhone(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database, methods: [pebble] })
  const accounts = [{ number: NUMBER, environment: 'live', residence: 'US' }] as const
  const holds = [{ method: 'pebble', state: { word: 'texted' } }]
  const id = await world.add({ userName: 'anna', password: PASSWORD, accounts, holds })
  const session = async () => {
    const who = browser()
    const started = await begin(world, who, { userName: 'anna', platform: 'portal' })
    assert.ok(started.ok)
    const held = { id: started.login.id, holder: who.holder }
    const view = await viewLogin(world, held)
    const choice = view.ok && view.choices.find(({ method }) => method === 'pebble')
    if (choice) await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
    const answered = await answerLogin(world, { ...held, answer: { word: 'texted' } })
    assert.ok(answered.ok && answered.token)
    return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
  }
  await activate(world, await session())
  world.advance(hours(48))
  await activate(world, await session())
  return { world, id, session }
}

/** The phones of a client: what each of them is now, the oldest first. */
const phonesOf = async (world: TestWorld, id: SubscriberId) =>
  (await listAuthenticators(world.db, id))
    .filter(({ value }) => value.method === 'phone-key')
    .toSorted((one, other) => one.value.createdAt - other.value.createdAt)
    .map(({ value: { lifecycle, pendingUntil } }) =>
      lifecycle === 'active' && pendingUntil !== null ? 'waiting' : lifecycle,
    )

for (const database of DATABASES) {
  suite(`A client who lives elsewhere, on ${database}`, () => {
    test('R132 R128 is under the rules of Hong Kong as soon as the residence is Hong Kong, and of the default again after it', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await optedOut(world)
      assert.ok(await trading(world))
      await move(world, 'HK')
      const refused = await setOptedOut(world, session, true)
      assert.equal(!refused.ok && refused.problem, 'account.no-opt-out')
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.equal(started.ok && started.login.state, 'challenged')
      await move(world, 'CH')
      assert.deepEqual(await setOptedOut(world, session, true), { ok: true })
    })

    test('R132 is told, once, where other rules apply, and not where the country alone is another', async (t) => {
      const world = await testWorld(t, { database })
      const { id } = await anna(world)
      await move(world, 'DE')
      await move(world, 'FR')
      await move(world, 'FR')
      await noticeDue(world)
      const told = (await listNotices(world.db, id, 20)).map(({ kind }) => kind)
      assert.equal(told.filter((kind) => kind === 'rules-changed').length, 1)
      const moves = (await kindsOf(world, id)).filter((kind) => kind === 'account.relocated')
      assert.equal(moves.length, 2)
    })

    test('R132 R032 R131 is told with every other user of the account, wherever the rules differ after it', async (t) => {
      const world = await testWorld(t, { database })
      const { id } = await anna(world)
      const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const primary = { id, name: 'Anna' }
      assert.ok((await setPrimary(world, { id: clerk, primary, by: 'operator' })).ok)
      const told = async () => {
        await noticeDue(world)
        const lists = await Promise.all([id, clerk].map((one) => listNotices(world.db, one, 20)))
        return lists.map((all) => all.filter(({ kind }) => kind === 'rules-changed').length)
      }
      // Two places that ask for the same.
      await move(world, 'US')
      await move(world, 'GB')
      assert.deepEqual(await told(), [0, 0])
      await addAccount(world, id, 'HK')
      assert.deepEqual(await told(), [1, 1])
      const change = { kind: 'close', by: 'client' } as const
      const closing = { number: 'U-further', change, by: 'operator' } as const
      assert.ok((await changeAccount(world, closing)).ok)
      assert.deepEqual(await told(), [2, 2])
      const override = { kind: 'relocate', jurisdiction: 'eu', reason: 'why' } as const
      const set = { number: NUMBER, change: override, by: 'operator' } as const
      assert.ok((await changeAccount(world, set)).ok)
      assert.deepEqual(await told(), [3, 3])
    })

    test('R132 R131 is told with every other user, once, where the operator changes the rules of a country', async (t) => {
      const world = await testWorld(t, { database })
      const accounts = (number: string, residence: string) =>
        [{ number, residence, environment: 'live', optedOut: true }] as const
      const id = await world.add({
        userName: 'anna',
        password: PASSWORD,
        accounts: accounts(NUMBER, 'US'),
      })
      const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const primary = { id, name: 'Anna' }
      assert.ok((await setPrimary(world, { id: clerk, primary, by: 'operator' })).ok)
      const french = { userName: 'bruno', password: PASSWORD, accounts: accounts('U-b', 'FR') }
      const bruno = await world.add(french)
      // More clients than are told in one commit.
      for (let index = 0; index < 110; index += 1)
        await world.add({
          userName: `u${index}`,
          password: PASSWORD,
          accounts: accounts(`V${index}`, 'US'),
        })
      const { jurisdictions } = world.settings
      const countries = new Map([...jurisdictions.countries, ['US', 'hk'] as const])
      const strict = { ...jurisdictions, countries }
      const node = (of: typeof jurisdictions) =>
        rulesKeeper({ ...world, settings: { ...world.settings, jurisdictions: of } })
      const before = node(jurisdictions)
      const told = async () => {
        const events = await auditOf(world)
        const all = events.filter(({ kind }) => kind === 'account.rules-changed')
        const of = (one: SubscriberId) => all.filter(({ subscriberId }) => subscriberId === one)
        return [of(id), of(clerk), of(bruno), all].map(({ length }) => length)
      }
      await before()
      assert.deepEqual(await told(), [0, 0, 0, 0])
      const [one, other] = [node(strict), node(strict)]
      await Promise.all([one(), other()])
      await one()
      assert.deepEqual(await told(), [1, 1, 0, 112])
      assert.deepEqual(await optedOutIn(world, id), [[NUMBER, false]])
      assert.deepEqual(await optedOutIn(world, bruno), [['U-b', true]])
      // A node that still runs with the settings of before says nothing against it.
      await before()
      assert.deepEqual(await told(), [1, 1, 0, 112])
      await noticeDue(world)
      const kinds = (await listNotices(world.db, clerk, 20)).map(({ kind }) => kind)
      assert.deepEqual(kinds, ['rules-changed'])
      await node(jurisdictions)()
      assert.deepEqual(await told(), [2, 2, 0, 224])
    })

    test('R132 loses the session at a platform that the new rules do not open, in the commit of the move', async (t) => {
      const world = await testWorld(t, { database })
      const { id, phone } = await optedOut(world)
      const byPassword = await trading(world)
      await move(world, 'HK')
      assert.equal(await findOpenSession(world, byPassword), null)
      assert.deepEqual(await optedOutIn(world, id), [[NUMBER, false]])
      const kinds = await kindsOf(world, id)
      for (const kind of ['account.relocated', 'account.opted-in', 'session.ended'] as const)
        assert.equal(kinds.filter((one) => one === kind).length, 1, kind)
      // What was proven with the phone is enough there too.
      assert.equal((await inPortal(world, { userName: 'anna', phone })).decision.row, 'trades')
    })

    test('R132 S12 begins the login anew where stricter rules come in the middle of it', async (t) => {
      const world = await testWorld(t, { database })
      const { phone } = await anna(world)
      for (const [residence, expected] of [
        ['US', 'in'],
        ['FR', 'login.expired'],
      ] as const) {
        world.advance(minutes(2))
        const who = browser()
        const started = await begin(world, who, { userName: 'anna' })
        assert.ok(started.ok)
        const response = await phone.respond(
          await numberOn(world, started.login.id, who),
          world.now(),
        )
        await move(world, residence)
        const answered = await typed(world, started.login, { client: who, response })
        assert.equal(answered.ok ? 'in' : answered.problem, expected, residence)
      }
    })

    test('R132 R128 S12 opens no session with a password that was enough before the move', async (t) => {
      const world = await testWorld(t, { database })
      await optedOut(world)
      const who = browser()
      const started = await begin(world, who, { userName: 'anna' })
      assert.ok(started.ok && started.login.state === 'completed')
      await move(world, 'IN')
      const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
      assert.equal(taken.ok, false)
    })

    test('R130 R132 stays in where laxer rules come, though an account was opted out before its rules forbade it', async (t) => {
      const world = await testWorld(t, { database })
      const accounts = [
        { number: NUMBER, environment: 'live', residence: 'US', optedOut: true },
        { number: 'U-further', environment: 'live', residence: 'HK', optedOut: true },
      ] as const
      const inAgain = [
        [NUMBER, false],
        ['U-further', false],
      ]
      const moved = await world.add({ userName: 'anna', password: PASSWORD, accounts })
      await move(world, 'US', 'U-further')
      assert.deepEqual(await optedOutIn(world, moved), inAgain)
      const others = accounts.map((one) => ({ ...one, number: `${one.number}-2` }))
      const closed = await world.add({ userName: 'bruno', password: PASSWORD, accounts: others })
      const change = { kind: 'close', by: 'client' } as const
      const closing = { number: 'U-further-2', change, by: 'operator' } as const
      assert.ok((await changeAccount(world, closing)).ok)
      assert.deepEqual(
        (await optedOutIn(world, closed)).map(([, out]) => out),
        [false, false],
      )
    })

    test('R132 keeps a hold, which ends when it would have', async (t) => {
      const world = await testWorld(t, { database })
      const { id, phone } = await anna(world)
      const until = after(world.now(), days(2))
      const hold = { kind: 'review', forbids: ['withdrawals'], until } as const
      await startHold(world, { subscriberId: id, by: 'operator', ...hold })
      await move(world, 'HK')
      const narrowed = async () =>
        (await inPortal(world, { userName: 'anna', phone })).decision.narrowed
      assert.deepEqual(await narrowed(), ['hold-withdrawals'])
      world.setClock(until)
      assert.deepEqual(await narrowed(), [])
    })

    test('R132 S74 HKMA 10 October 2024: loses the new phone that waits because of a text, where no text is enough', async (t) => {
      for (const [residence, phones] of [
        ['GB', ['revoked', 'active']],
        ['HK', ['active', 'revoked']],
      ] as const) {
        const { world, id, session } = await withWaitingPhone(t, database)
        assert.deepEqual(await phonesOf(world, id), ['active', 'waiting'])
        await move(world, residence)
        world.advance(hours(13))
        await succeedDue(world)
        assert.deepEqual(await phonesOf(world, id), phones, residence)
        world.advance(hours(48))
        const again = await startEnrolment(world, await session(), { method: 'phone-key' })
        const problem = again.ok ? null : again.problem
        assert.equal(problem, residence === 'HK' ? 'enrolment.jurisdiction' : null)
      }
    })

    test('R132 S74 loses it also where the operator moves the country to such rules', async (t) => {
      const { world, id } = await withWaitingPhone(t, database)
      const { jurisdictions } = world.settings
      const countries = new Map([...jurisdictions.countries, ['US', 'hk'] as const])
      const settings = { ...world.settings, jurisdictions: { ...jurisdictions, countries } }
      world.advance(hours(13))
      await succeedDue({ ...world, settings })
      assert.deepEqual(await phonesOf(world, id), ['active', 'revoked'])
      const [last] = await listSubscriberEvents(world.db, id, { limit: 1 })
      assert.equal(last?.event.kind, 'authenticator.stopped')
      await succeedDue(world)
      assert.deepEqual(await phonesOf(world, id), ['active', 'revoked'])
    })

    test('R132 keeps an order that was placed, and begins one anew that was not', async (t) => {
      const world = await testWorld(t, { database })
      const client = await wealthy(world)
      const order = await ordered(world, await inPortal(world, client))
      await sentTo(world, order)
      const sent = await findOrder(world.db, order.id)
      await move(world, 'HK')
      const moved = await findOrder(world.db, order.id)
      assert.deepEqual(moved?.value, sent?.value)

      const other = await testWorld(t, { database })
      const session = await inPortal(other, await wealthy(other))
      const summary = await chosen(other, session)
      await move(other, 'HK')
      const placed = await placeOrder(other, session, summary)
      assert.equal(placed.ok, false)
    })

    test('R132 with accounts in two countries is under the strictest rules of both, by each of them', async (t) => {
      const world = await testWorld(t, { database })
      const { id, session } = await optedOut(world)
      const byPassword = await trading(world)
      await addAccount(world, id, 'HK')
      assert.deepEqual(await optedOutIn(world, id), [
        [NUMBER, false],
        ['U-further', false],
      ])
      assert.equal(await findOpenSession(world, byPassword), null)
      const refused = await setOptedOut(world, session, true)
      assert.equal(!refused.ok && refused.problem, 'account.no-opt-out')
      await move(world, 'FR')
      const proofs = session.proofs
      const asked = { subscriberId: id, environment: 'live', proofs } as const
      const { rules } = await explainRights(world, asked)
      assert.deepEqual([rules.optOut, rules.idle, rules.failuresMax], [false, minutes(5), 5])
      // One that is closed asks for nothing any more.
      const change = { kind: 'close', by: 'client' } as const
      const closing = { number: 'U-further', change, by: 'operator' } as const
      assert.ok((await changeAccount(world, closing)).ok)
      const left = await explainRights(world, asked)
      assert.deepEqual([left.rules.optOut, left.rules.idle], [true, minutes(5)])
    })

    test('R132 a user who is given the accounts of another primary user is told where other rules apply with them', async (t) => {
      const world = await testWorld(t, { database })
      const owner = async (userName: string, residence: string) =>
        await world.add({
          userName,
          password: PASSWORD,
          accounts: [{ number: `U-${userName}`, environment: 'live', residence }],
        })
      const [first, alike, strict] = [
        await owner('first', 'US'),
        await owner('alike', 'CH'),
        await owner('strict', 'HK'),
      ]
      const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
      const told = async (id: SubscriberId | null) => {
        const primary = id && { id, name: 'The owner' }
        assert.ok((await setPrimary(world, { id: clerk, primary, by: 'operator' })).ok)
        const kinds = await kindsOf(world, clerk)
        return kinds.filter((kind) => kind === 'account.rules-changed').length
      }
      assert.equal(await told(first), 0, 'none have applied before')
      assert.equal(await told(alike), 0, 'the same rules')
      assert.equal(await told(strict), 1)
      assert.equal(await told(first), 2)
      assert.equal(await told(null), 2, 'none apply any more')
    })

    test('R132 S12 with two nodes: opting out and a strict account come at once, and no account is left opted out', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { id, session } = await anna(world)
      for (let round = 0; round < 10; round += 1) {
        const strict = round % 2 === 0
        await Promise.all([
          setOptedOut(world, session, true),
          strict ? move(other, 'HK') : move(other, 'IN'),
        ])
        assert.deepEqual(await optedOutIn(world, id), [[NUMBER, false]], String(round))
        await move(world, 'US')
      }
    })

    test('R132 is under other rules than those of the residence only with a reason, until another residence is said', async (t) => {
      const world = await testWorld(t, { database })
      const { id } = await anna(world)
      await move(world, 'HK')
      const set = (jurisdiction: string, reason?: string) =>
        changeAccount(world, {
          number: NUMBER,
          change: { kind: 'relocate', residence: 'HK', jurisdiction, reason },
          by: 'operator',
        })
      const bare = await set('default')
      assert.equal(!bare.ok && bare.problem, 'account.override-without-reason')
      const unknown = await set('mars', 'why')
      assert.equal(!unknown.ok && unknown.problem, 'account.unknown-jurisdiction')
      const done = await set('default', 'Held with the branch in London')
      assert.ok(done.ok)
      const proofs = [{ method: 'password', acr: '1', amr: ['pwd'] }] as const
      const asked = { subscriberId: id, environment: 'live', proofs } as const
      const explained = await explainRights(world, asked)
      assert.equal(explained.rules.optOut, true)
      assert.deepEqual(explained.places, [
        {
          number: NUMBER,
          residence: 'HK',
          jurisdiction: 'default',
          reason: 'Held with the branch in London',
        },
      ])
      await move(world, 'HK')
      assert.equal((await explainRights(world, asked)).rules.optOut, true)
      await move(world, 'IN')
      assert.equal((await explainRights(world, asked)).rules.optOut, false)
      const overrides = (await listSubscriberEvents(world.db, id, { limit: 100 })).flatMap(
        ({ event }) => (event.kind === 'account.relocated' ? [event.isOverride] : []),
      )
      assert.deepEqual(overrides.toReversed(), [false, true, false])
    })

    test('R132 has each of two facts that are said at once, and loses neither', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { id } = await anna(world)
      const reason = 'Held with the branch in London'
      const override = { jurisdiction: 'uk', reason }
      for (const residence of ['FR', 'HK', 'IN', 'NO', 'SE']) {
        const set = { kind: 'relocate', ...override } as const
        const [moved, done] = await Promise.all([
          changeAccount(world, {
            number: NUMBER,
            change: { kind: 'relocate', residence },
            by: 'operator',
          }),
          changeAccount(other, { number: NUMBER, change: set, by: 'operator' }),
        ])
        assert.ok(moved.ok && done.ok)
        const [account] = await listAccounts(world.db, id)
        assert.equal(account?.residence, residence)
      }
    })

    test('the operator hears which places want codes by mail where there is no mail server', async (t) => {
      const world = await testWorld(t, { database })
      await anna(world)
      assert.deepEqual(await placesWithoutMail(world), [])
      await move(world, 'IN')
      assert.deepEqual(await placesWithoutMail(world), ['in'])
      const channel = { name: 'email', retries: [], deliver: () => assert.fail() }
      world.channels.set('email', channel)
      assert.deepEqual(await placesWithoutMail(world), [])
    })

    test('S8 (EU) 2018/389, 4(3)(a), and OWASP ASVS 5.0, 6.3.8: the operator hears which places ask for decoys that are not made, and of no other', async (t) => {
      const world = await testWorld(t, { database })
      await anna(world)
      assert.deepEqual(await placesWithoutDecoys(world), [])
      for (const [residence, place] of [
        ['FR', 'eu'],
        ['HK', 'hk'],
      ] as const) {
        await move(world, residence)
        assert.deepEqual(await placesWithoutDecoys(world), [place])
      }
      const always = { ...world.settings, decoy: 'always' } as const
      assert.deepEqual(await placesWithoutDecoys({ ...world, settings: always }), [])
      const change = { kind: 'close', by: 'client' } as const
      assert.ok((await changeAccount(world, { number: NUMBER, change, by: 'operator' })).ok)
      assert.deepEqual(await placesWithoutDecoys(world), [])
    })
  })
}
