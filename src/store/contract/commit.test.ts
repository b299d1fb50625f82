import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#core/ids.ts'
import type { Challenged, Login } from '#core/login/state.ts'
import { after, minutes } from '#core/time/time.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { COMMITS_WAITING_MAX, DatabaseBusy, type Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { commitLogin, findLogin, type LoginCommit } from '#store/login/logins.ts'
import { findHeldSession } from '#store/subscribers/session-facts.ts'
import {
  begun,
  contents,
  type Newcomer,
  newcomer,
  NOW,
  overBothDatabases,
  random,
  winners,
} from '#store/contract/store.contract.ts'
import { browserThrottle, nameThrottle } from '#store/login/throttles.ts'
import type { Versioned } from '#store/queries/versioned.ts'

const RACES = 200

overBothDatabases('a commit', (nodes) => {
  test('of two decisions made from one read, exactly one is written', async () => {
    const person = await newcomer(nodes.db)
    for (let race = 0; race < RACES; race += 1) {
      const { id } = await begun(nodes.db, person.subscriber.id)
      // Both hold what they read before either writes: without the version both would be written.
      const [one, other] = await Promise.all([found(nodes.db, id), found(nodes.other, id)])
      const written = await Promise.all([
        commitLogin(nodes.db, refusal(one)),
        commitLogin(nodes.other, refusal(other)),
      ])
      assert.equal(winners(written), 1)
      assert.equal((await found(nodes.db, id)).version, 2)
    }
  })

  test('of fifty decisions made from one read on one node, exactly one is written', async () => {
    const person = await newcomer(nodes.db)
    const { id } = await begun(nodes.db, person.subscriber.id)
    const reads = await Promise.all(Array.from({ length: 50 }, () => found(nodes.db, id)))
    const written = await Promise.all(reads.map((read) => commitLogin(nodes.db, refusal(read))))
    assert.equal(winners(written), 1)
  })

  test('a code is used up once, by whichever of two logins comes first', async () => {
    const { subscriber, phone } = await newcomer(nodes.db)
    const logins = [await begun(nodes.db, subscriber.id), await begun(nodes.db, subscriber.id)]
    const held = await findAuthenticator(nodes.db, phone.id)
    assert.ok(held)
    const used = { value: { ...held.value, state: { counter: 1 } }, version: held.version }
    const written = await Promise.all(
      logins.map(async ({ id }, index) =>
        commitLogin(index === 0 ? nodes.db : nodes.other, {
          ...refusal(await found(nodes.db, id)),
          authenticators: [used],
        }),
      ),
    )
    assert.equal(winners(written), 1)
    const versions = await Promise.all(logins.map(({ id }) => found(nodes.db, id)))
    assert.equal(versions.filter(({ version }) => version === 2).length, 1)
  })

  test('a stale write changes nothing of its neighbours', async () => {
    const person = await newcomer(nodes.db)
    const { commit } = await everything(nodes.db, person)
    const before = await contents(nodes.db)
    const stale = [
      { ...commit, login: { ...commit.login, version: 7 } },
      { ...commit, authenticators: [{ value: person.phone, version: 7 }] },
      { ...commit, throttles: [{ ...throttled(nodes.db, 'nobody'), version: 7 }] },
      { ...commit, browser: { ...commit.browser, version: 7 } },
    ]
    for (const one of stale) assert.equal(await commitLogin(nodes.db, one as LoginCommit), false)
    assert.deepEqual(await contents(nodes.db), before)
  })

  test('when any statement of it fails, everything is as before', async () => {
    const person = await newcomer(nodes.db)
    const { commit, token } = await everything(nodes.db, person)
    const before = await contents(nodes.db)
    const statements = await numberOfStatements(nodes.db, commit)
    assert.ok(statements >= 8)
    for (let nth = 0; nth < statements; nth += 1) {
      const miscounted = (write: Write) => ({ ...write, rows: 7 })
      assert.equal(await commitLogin(spoilt(nodes.db, nth, miscounted), commit), false)
      const broken = () => ({
        sql: 'insert into clock_mark (id, at_ms) values (2, 0)',
        parameters: [],
        rows: 1,
      })
      await assert.rejects(commitLogin(spoilt(nodes.db, nth, broken), commit), /check/i)
      assert.deepEqual(await contents(nodes.db), before, `statement ${nth}`)
    }
    assert.equal(await commitLogin(nodes.db, commit), true)
    const asked = { firstFactor: 'password', resetFactor: 'reset-code', now: NOW }
    const held = await findHeldSession(nodes.db, { ...asked, tokenHash: token })
    assert.equal(held?.session.loginId, commit.login.value.id)
  })

  test('the same step cannot be written twice', async () => {
    const person = await newcomer(nodes.db)
    const { commit } = await everything(nodes.db, person)
    assert.equal(await commitLogin(nodes.db, commit), true)
    const before = await contents(nodes.db)
    assert.equal(await commitLogin(nodes.db, commit), false)
    // Even if the version were counted back, what the step has caused is there already.
    const back = nodes.db.write.updateTable('login').set({ version: 1 })
    const { sql, parameters } = back.where('id', '=', commit.login.value.id).compile()
    await nodes.db.commit([{ sql, parameters, rows: 1 }])
    const { now, login, effects, events } = commit
    const rest = { now, login, effects, events }
    assert.equal(await commitLogin(nodes.db, rest), false)
    assert.deepEqual((await contents(nodes.db)).get('outbox'), before.get('outbox'))
  })

  test('a login opens one session', async () => {
    const person = await newcomer(nodes.db)
    const { commit } = await everything(nodes.db, person)
    assert.equal(await commitLogin(nodes.db, commit), true)
    const { session, login } = commit
    assert.ok(session)
    const again: LoginCommit = {
      now: NOW,
      login: { value: login.value, version: 2 },
      session: {
        value: { ...session.value, id: newId('ses', NOW, random) },
        tokenHash: Buffer.alloc(32, 9),
      },
      effects: [],
      events: [],
    }
    assert.equal(await commitLogin(nodes.db, again), false)
  })

  test('of two that wait for each other in a circle, the one that is undone is run again, whole', async (t) => {
    if (nodes.db.dialect === 'sqlite') return t.skip('there is one writer at a time')
    const ids = [(await newcomer(nodes.db)).phone.id, (await newcomer(nodes.db)).phone.id]
    const inOrder = (order: readonly string[]) =>
      order.map((id) => ({
        // Each holds its first row until the other has one, too.
        sql: `update authenticator set failures = 1
          where id = $1 and (select pg_sleep(0.1)::text) is not null`,
        parameters: [id],
        rows: 1,
      }))
    const both = [nodes.db.commit(inOrder(ids)), nodes.other.commit(inOrder(ids.toReversed()))]
    assert.equal(winners(await Promise.all(both)), 2)
  })

  test('without a statement it is written, and writes nothing', async () => {
    assert.equal(await nodes.db.commit([]), true)
  })

  test('beyond the limit no commit waits: the caller hears at once that the server is busy', async () => {
    const mark = nodes.db.write
      .updateTable('clock_mark')
      .set({ at_ms: 1 })
      .where('id', '=', 1)
      .compile()
    const write = { ...mark, rows: null }
    // The pool of PostgreSQL has four at work. Those that are idle take what waits a moment later,
    // so as many more can be counted as waiting.
    const atWork = nodes.db.dialect === 'postgres' ? 4 : 0
    const within = COMMITS_WAITING_MAX + atWork
    const asked = Array.from({ length: within + 1 }, () => nodes.db.commit([write]))
    const answers = await Promise.allSettled(asked)
    // On a busy machine others may have waited too long for a connection: that is another error.
    const refused = answers.filter(isBusy)
    assert.ok(refused.length >= 1 && refused.length <= 1 + atWork, `${refused.length} refused`)
    assert.equal(answers.at(-1), refused.at(-1))
    assert.equal(await nodes.db.commit([write]), true)
  })
})

const isBusy = (answer: PromiseSettledResult<unknown>): boolean =>
  answer.status === 'rejected' && answer.reason instanceof DatabaseBusy

async function found(db: Db, id: Login['id']): Promise<Versioned<Login>> {
  const login = await findLogin(db, id)
  assert.ok(login)
  return login
}

const DENIED = { method: 'phone', notMe: false }

const refusal = ({ value, version }: Versioned<Login>): LoginCommit => ({
  now: NOW,
  login: {
    value: { ...value, state: 'refused', refusedAt: NOW, problem: 'login.denied' },
    version,
  },
  effects: [],
  events: [
    { subscriberId: value.subscriberId, loginId: value.id, kind: 'login.denied', ...DENIED },
  ],
})

const throttled = (db: Db, name: string) => ({
  key: nameThrottle(db, name),
  value: { failures: 1, lastFailedAt: NOW },
})

/** A step that writes to every table that a step can write to. */
async function everything(db: Db, { subscriber, password, phone }: Newcomer) {
  const value = await begun(db, subscriber.id)
  const { id } = value
  const challenge = {
    authenticatorId: phone.id,
    method: 'phone-key',
    prompt: { number: '123456' },
    expected: { number: '123456' },
    openedAt: NOW,
    expiresAt: after(NOW, minutes(3)),
  }
  const login: Challenged = { ...value, state: 'challenged', challenge }
  const token = random(32)
  const browserId = newId('brw', NOW, random)
  const commit = {
    now: NOW,
    login: { value: login, version: 1 },
    authenticators: [password, phone].map((one) => ({
      value: { ...one, failures: 1 },
      version: 1,
    })),
    throttles: [
      { ...throttled(db, subscriber.userName), version: null },
      { key: browserThrottle(browserId), value: { failures: 2, lastFailedAt: NOW }, version: null },
    ],
    challenge: { authenticatorId: phone.id, number: '123456' },
    session: {
      tokenHash: token,
      value: {
        id: newId('ses', NOW, random),
        subscriberId: subscriber.id,
        loginId: id,
        platform: 'portal',
        environment: 'live',
        proofs: [{ method: 'password', acr: '1', amr: ['pwd'] }],
        origin: { browserId: null, browser: 'Firefox, Linux', place: 'Somewhere' },
        openedAt: NOW,
        seenAt: NOW,
        endedAt: null,
      },
    },
    browser: {
      value: {
        id: browserId,
        subscriberId: subscriber.id,
        label: 'Firefox, Linux',
        createdAt: NOW,
        seenAt: NOW,
        blockedAt: null,
        namedAt: NOW,
      },
      version: null,
      cookieHash: random(32),
    },
    effects: [
      { kind: 'deliver', channel: 'push', to: phone.id, payload: { login: id } },
      { kind: 'deliver', channel: 'push', to: phone.id, payload: { login: id, again: true } },
    ],
    events: [
      {
        kind: 'login.completed',
        subscriberId: subscriber.id,
        loginId: id,
        acr: '2t',
        methods: ['phone-key'],
      },
      {
        kind: 'session.opened',
        subscriberId: subscriber.id,
        loginId: id,
        sessionId: newId('ses', NOW, random),
      },
    ],
  } as const satisfies LoginCommit
  return { commit, token }
}

/** The same database, in which the nth statement of a commit is another one. */
function spoilt(db: Db, nth: number, other: (write: Write) => Write): Db {
  const commit = (writes: readonly Write[]) =>
    db.commit(writes.map((write, index) => (index === nth ? other(write) : write)))
  return { ...db, commit }
}

async function numberOfStatements(db: Db, commit: LoginCommit): Promise<number> {
  let statements = 0
  const counting = (writes: readonly Write[]) => {
    statements = writes.length
    return Promise.resolve(false)
  }
  await commitLogin({ ...db, commit: counting }, commit)
  return statements
}
