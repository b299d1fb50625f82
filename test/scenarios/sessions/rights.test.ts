import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Account, NEW_ACCOUNT } from '#core/subscribers/account.ts'
import type { SubscriberId } from '#core/ids.ts'
import { after, instant, minutes } from '#core/time/time.ts'
import {
  type AccountChange,
  changeAccount,
  liftHold,
  startHold,
} from '#engine/subscribers/accounts.ts'
import { setOptedOut } from '#engine/subscribers/opting-out.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { factsOf, type OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { revokeAuthenticator } from '#engine/devices/overview.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import {
  activate,
  authenticatorOf,
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  requestsOf,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld, type Person } from '../../support/server/world.ts'

/** What rights do to people: at the login, in a session, and while both last. */

type Accounts = NonNullable<Person['accounts']>
const live = (changes: Partial<Account> = {}): Accounts => [
  { number: 'U1', environment: 'live', ...changes },
]

interface Client {
  readonly id: SubscriberId
  readonly phone: TestPhone
}

/** A client with a phone, and with the account that is given from then on. */
async function client(world: TestWorld, changes: Partial<Account> = {}): Promise<Client> {
  const id = await world.add({ userName: 'anna', password: PASSWORD, accounts: live() })
  const phone = await activate(world, await firstSession(world, 'anna'))
  await put(world, id, changes)
  return { id, phone }
}

async function put(world: TestWorld, id: SubscriberId, changes: Partial<Account>): Promise<void> {
  const { status, approvedAt, tradesFrom, residence, optedOut } = {
    ...NEW_ACCOUNT,
    status: 'open',
    ...changes,
  }
  const row = { status, approved_at_ms: approvedAt, trades_from_ms: tradesFrom, residence }
  await world.db.commit([
    {
      ...world.db.write
        .updateTable('account')
        .set({ ...row, opted_out: Number(optedOut) })
        .where('subscriber_id', '=', id)
        .compile(),
      rows: null,
    },
  ])
}

/** Logs in with the phone; the session as it stands then. */
async function loggedIn(
  world: TestWorld,
  { phone }: Client,
  platform = 'trade',
): Promise<{ readonly token: string; readonly session: OpenSession }> {
  const who = browser()
  const started = await begin(world, who, { userName: 'anna', platform })
  assert.ok(started.ok, 'problem' in started ? started.problem : '')
  const number = await numberOn(world, started.login.id, who)
  const response = await phone.respond(number, world.now())
  const answered = await typed(world, started.login, { client: who, response })
  assert.ok(answered.ok && answered.token)
  const session = await findOpenSession(world, answered.token)
  assert.ok(session)
  return { token: answered.token, session }
}

const refusedAt = async (world: TestWorld, platform = 'trade') => {
  const started = await begin(world, browser(), { userName: 'anna', platform })
  return started.ok
    ? { problem: 'none', until: undefined, state: started.login.state }
    : { problem: started.problem, until: started.until, state: 'refused' }
}

const change = async (world: TestWorld, wanted: AccountChange) =>
  await changeAccount(world, { number: 'U1', change: wanted, by: 'operator' })

const reasonsOf = async (world: TestWorld, id: SubscriberId) =>
  (await listSubscriberEvents(world.db, id, { limit: 20 })).flatMap(({ event }) =>
    event.kind === 'login.password-refused' ? [event.problem ?? event.reason] : [],
  )

/** It is refused to a client who lives there, and ended for one who moves there. */
async function cannotOptOut(world: TestWorld, residence: string): Promise<void> {
  const anna = await client(world, { residence })
  const { session } = await loggedIn(world, anna, 'portal')
  const refused = await setOptedOut(world, session, true)
  assert.equal(!refused.ok && refused.problem, 'account.no-opt-out')
  assert.equal((await refusedAt(world)).state, 'challenged')

  await put(world, anna.id, { optedOut: true })
  const who = browser()
  const started = await begin(world, who, { userName: 'anna' })
  assert.ok(started.ok)
  const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
  assert.ok(taken.ok && taken.token)
  await change(world, { kind: 'relocate', residence })
  assert.equal(await findOpenSession(world, taken.token), null)
  const [account] = await listAccounts(world.db, anna.id)
  assert.equal(account?.optedOut, false)
}

for (const database of DATABASES) {
  suite(`Rights, on ${database}`, () => {
    test('R026 R150 not approved yet: the trading platform says so after the password, the portal opens', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, { status: 'applied' })
      assert.equal((await refusedAt(world)).problem, 'account.not-approved')
      assert.deepEqual(await reasonsOf(world, anna.id), ['account.not-approved'])
      const { session } = await loggedIn(world, anna, 'portal')
      assert.equal(session.decision.row, 'applied')
      // Before the password a caller learns nothing of it (A1).
      const guess = await begin(world, browser(), { userName: 'anna', password: 'a guess' })
      assert.equal(!guess.ok && guess.problem, 'login.wrong-credentials')
    })

    test('R027 R150 approved one second past the cut-off: trading begins with the next business day', async (t) => {
      const world = await testWorld(t, { database })
      // Friday in winter, 17:00:01 in New York; on Monday the clocks have gone forward.
      world.setClock(instant(Date.parse('2027-03-12T22:00:01Z')))
      const anna = await client(world, { status: 'applied' })
      const approved = await change(world, { kind: 'approve' })
      const monday = instant(Date.parse('2027-03-15T04:00:00Z'))
      assert.ok(approved.ok)
      assert.equal(approved.value.tradesFrom, monday)
      const refused = await refusedAt(world)
      assert.deepEqual([refused.problem, refused.until], ['account.approved-late', monday])
      const { token, session } = await loggedIn(world, anna, 'portal')
      assert.equal(session.decision.until, monday)
      world.setClock(instant(monday - 1))
      assert.equal((await refusedAt(world)).problem, 'account.approved-late')
      world.setClock(monday)
      assert.equal((await refusedAt(world)).problem, 'none')
      assert.equal(
        await findOpenSession(world, token),
        null,
        'the weekend was longer than a session',
      )
      assert.equal((await loggedIn(world, anna)).session.decision.row, 'trades')
    })

    test('R028 R151 closed: statements with the second factor while one is bound, with the password when none is (C10)', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const { session } = await loggedIn(world, anna, 'portal')
      assert.ok((await change(world, { kind: 'close', by: 'client' })).ok)
      assert.equal((await refusedAt(world)).problem, 'account.closed')
      assert.equal((await refusedAt(world, 'portal')).state, 'challenged')
      const confirmed = await loggedIn(world, anna, 'portal')
      assert.equal(confirmed.session.decision.rights.portal, 'statements')
      const again = await startEnrolment(world, confirmed.session, { method: 'phone-key' })
      assert.equal(!again.ok && again.problem, 'session.insufficient')

      assert.ok((await revokeAuthenticator(world, session, { id: authenticatorOf(anna.phone) })).ok)
      const who = browser()
      const started = await begin(world, who, { userName: 'anna', platform: 'portal' })
      assert.ok(started.ok)
      assert.equal(started.login.state, 'completed')
      const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
      assert.ok(taken.ok && taken.token)
      const plain = await findOpenSession(world, taken.token)
      assert.equal(plain?.decision.row, 'closed')
      assert.equal(plain.decision.rights.trading, false)
    })

    test('a session of the password alone is not valid once a second factor is bound', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD, accounts: live() })
      const first = await firstSession(world, 'anna')
      await activate(world, first)
      await put(world, id, { status: 'closed-by-broker' })
      const facts = await factsOf(world, first)
      assert.equal(facts.second, 'bound')
      const again = await startEnrolment(world, first, { method: 'phone-key' })
      assert.equal(!again.ok && again.problem, 'session.insufficient')
    })

    test('A34 an account that closes loses its trading sessions at once, on every node', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const anna = await client(world)
      const trading = await loggedIn(other, anna)
      const portal = await loggedIn(other, anna, 'portal')
      let heard = 0
      const topic = topicOfClient(trading.session.subscriberId)
      t.after(world.wakeUps.subscribe(topic, () => (heard += 1)))
      assert.ok((await change(world, { kind: 'close', by: 'broker' })).ok)
      assert.equal(await findOpenSession(other, trading.token), null)
      const left = await findOpenSession(other, portal.token)
      assert.equal(left?.decision.rights.portal, 'statements')
      assert.equal(left.decision.rights.trading, false)
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(heard, 1)
      const events = await listSubscriberEvents(world.db, anna.id, { limit: 2 })
      assert.deepEqual(events.map(({ event }) => event.kind).toReversed(), [
        'account.closed',
        'session.ended',
      ])
    })

    test('closing twice is closing once', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const first = await change(world, { kind: 'close', by: 'client' })
      const second = await change(world, { kind: 'close', by: 'client' })
      assert.ok(first.ok && second.ok)
      assert.equal(second.version, first.version)
      const other = await change(world, { kind: 'close', by: 'broker' })
      assert.equal(!other.ok && other.problem, 'account.closed')
      const events = await listSubscriberEvents(world.db, anna.id, { limit: 100 })
      assert.equal(events.filter(({ event }) => event.kind === 'account.closed').length, 1)
    })

    test('two nodes that change one account at once: one step each, and none is lost', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { beside: world })
      const { id } = await client(world, { status: 'applied' })
      const both = await Promise.all([
        change(world, { kind: 'approve' }),
        change(other, { kind: 'relocate', residence: 'HK' }),
        change(other, { kind: 'approve' }),
      ])
      assert.ok(both.every(({ ok }) => ok))
      const [account] = await listAccounts(world.db, id)
      assert.deepEqual([account?.status, account?.residence], ['approved', 'HK'])
      const events = await listSubscriberEvents(world.db, id, { limit: 100 })
      assert.equal(events.filter(({ event }) => event.kind === 'account.approved').length, 1)
    })

    test('A34 a hold takes its right from open sessions, and gives it back', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const { token } = await loggedIn(world, anna, 'portal')
      const until = after(world.now(), minutes(20))
      const hold = { kind: 'review', forbids: ['trading', 'binding'] as const, until }
      const holdId = await startHold(world, { ...hold, subscriberId: anna.id, by: 'operator' })
      const held = await findOpenSession(world, token)
      assert.deepEqual(held?.decision.narrowed, ['hold-trading', 'hold-binding'])
      const refused = await refusedAt(world)
      assert.deepEqual([refused.problem, refused.until], ['account.on-hold', until])
      const bound = await startEnrolment(world, held, { method: 'phone-key' })
      assert.equal(!bound.ok && bound.problem, 'account.on-hold')
      const lift = { subscriberId: anna.id, id: holdId, by: 'operator' } as const
      const stranger = await world.add({ userName: 'eve', password: PASSWORD })
      assert.equal(await liftHold(world, { ...lift, subscriberId: stranger }), false)
      assert.equal((await findOpenSession(world, token))?.decision.rights.trading, false)
      assert.equal(await liftHold(world, lift), true)
      assert.equal(await liftHold(world, lift), false)
      assert.deepEqual((await findOpenSession(world, token))?.decision.narrowed, [])
    })

    test('a hold that has run out is gone by itself', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const until = after(world.now(), minutes(20))
      const hold = { kind: 'review', forbids: ['trading'] as const, until }
      await startHold(world, { ...hold, subscriberId: anna.id, by: 'operator' })
      world.advance(minutes(20))
      assert.equal((await refusedAt(world)).problem, 'none')
    })

    test('R130 who opts out trades with the password alone, under the lowest limits, and can opt back in', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const { session } = await loggedIn(world, anna, 'portal')
      assert.deepEqual(await setOptedOut(world, session, true), { ok: true })
      assert.deepEqual(await setOptedOut(world, session, true), { ok: true })
      const who = browser()
      const started = await begin(world, who, { userName: 'anna' })
      assert.ok(started.ok)
      assert.equal(started.login.state, 'completed')
      const taken = await claimLogin(world, { id: started.login.id, holder: who.holder })
      assert.ok(taken.ok && taken.token)
      const trading = await findOpenSession(world, taken.token)
      assert.deepEqual(trading?.decision.rights, {
        portal: 'closed',
        trading: true,
        tradePenny: false,
        tradeNetwork: null,
        bind: false,
        withdrawalPerDayUsd: 50_000,
        withdrawalPer5DaysUsd: 100_000,
      })
      assert.equal((await refusedAt(world, 'portal')).state, 'challenged')
      const refused = await setOptedOut(world, trading, false)
      assert.equal(!refused.ok && refused.problem, 'session.insufficient')

      const phone = await loggedIn(world, anna, 'portal')
      assert.equal(phone.session.decision.rights.withdrawalPerDayUsd, 50_000)
      assert.deepEqual(await setOptedOut(world, phone.session, false), { ok: true })
      // The login that was made without a second factor has lost what it was made for.
      assert.equal(await findOpenSession(world, taken.token), null)
      assert.equal((await refusedAt(world)).state, 'challenged')
    })

    test('R015 R128 SFC 27 October 2017, 1.1: a client of Hong Kong cannot opt out, and moving there ends it', async (t) => {
      await cannotOptOut(await testWorld(t, { database }), 'HK')
    })

    test('R015 R129 NSE 25 March 2014, 3b, and 14 June 2022: a client of India cannot opt out, and moving there ends it', async (t) => {
      await cannotOptOut(await testWorld(t, { database }), 'IN')
    })

    test('R132 one account under strict rules is enough: a client does not opt out of half', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const { session } = await loggedIn(world, anna, 'portal')
      await put(world, anna.id, {})
      const mixed = await world.add({
        userName: 'mixed',
        password: PASSWORD,
        accounts: [
          { number: 'U2', environment: 'live' },
          { number: 'DU2', environment: 'paper', residence: 'HK' },
        ],
      })
      const refused = await setOptedOut(world, { ...session, subscriberId: mixed }, true)
      assert.equal(!refused.ok && refused.problem, 'account.no-opt-out')
      assert.ok((await listAccounts(world.db, mixed)).every(({ optedOut }) => !optedOut))
    })

    test('S31 NIST SP 800-63B-4, 3.1.3 and 3.1.3.1: under the rules of Hong Kong and of Europe a browser that is known carries the number too', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world)
      const who = browser()
      const first = await begin(world, who, { userName: 'anna' })
      assert.ok(first.ok)
      const response = await anna.phone.respond(
        await numberOn(world, first.login.id, who),
        world.now(),
      )
      const answered = await typed(world, first.login, { client: who, response })
      assert.ok(answered.ok && answered.browserCookie)
      const known = { browserCookie: answered.browserCookie }
      for (const residence of [null, 'IN', 'HK', 'FR'] as const) {
        world.advance(minutes(11))
        await put(world, anna.id, { residence })
        const started = await begin(world, browser(known), { userName: 'anna' })
        assert.ok(started.ok)
        const [request] = await requestsOf(world, anna.phone)
        const isCarried = request?.number === null || request?.number === undefined
        assert.equal(isCarried, residence === 'HK' || residence === 'FR', residence ?? 'none')
      }
    })

    test('S80 (EU) 2018/389, 4(3)(d): under European rules a session ends after five minutes without use', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, { residence: 'FR' })
      const { token } = await loggedIn(world, anna)
      world.advance(minutes(4))
      assert.ok(await findOpenSession(world, token))
      world.advance(minutes(5))
      assert.equal(await findOpenSession(world, token), null)
      await put(world, anna.id, {})
      const other = await loggedIn(world, anna)
      world.advance(minutes(6))
      assert.ok(await findOpenSession(world, other.token))
    })

    test('S7 (EU) 2018/389, 4(3)(b): under European rules the fifth wrong answer in a row locks the phone', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await client(world, { residence: 'FR' })
      const answers: string[] = []
      for (let count = 0; count < 5; count += 1) {
        world.advance(minutes(1))
        const who = browser()
        const started = await begin(world, who, { userName: 'anna' })
        assert.ok(started.ok)
        const held = { id: started.login.id, holder: who.holder }
        const answered = await answerLogin(world, { ...held, answer: { response: '00000000' } })
        answers.push(answered.ok ? 'right' : answered.problem)
      }
      assert.deepEqual(answers, [
        ...Array.from({ length: 4 }, () => 'login.wrong-answer'),
        'login.authenticator-locked',
      ])
      assert.equal((await refusedAt(world)).problem, 'login.authenticator-locked')
      assert.ok(anna.id)
    })

    test('R029 the paper account of one name and the live account of the other do not mix', async (t) => {
      const world = await testWorld(t, { database })
      const accounts = [{ number: 'DU1', environment: 'paper' as const }]
      await world.add({ userName: 'anna', password: PASSWORD, accounts })
      assert.equal((await refusedAt(world)).problem, 'login.use-paper')
    })
  })
}
