import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { listLoginEvents, listSubscriberEvents } from '#store/audit/audit.ts'
import { type AuthenticatorId, type LoginId, newId } from '#core/ids.ts'
import type { Challenged } from '#core/login/state.ts'
import { after, type Instant, millis, minutes, seconds } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import {
  commitLogin,
  findLogin,
  listAnswered,
  listLoginsById,
  listOpenChallenges,
  listReceipts,
  PAGE_MAX,
  recordReceipt,
} from '#store/login/logins.ts'
import {
  beginning,
  begun,
  newcomer,
  NOW,
  overBothDatabases,
  random,
  winners,
} from '#store/contract/store.contract.ts'

overBothDatabases('logins', (nodes) => {
  test('a login comes back as it was written', async () => {
    const { subscriber, phone } = await newcomer(nodes.db)
    const first = await begun(nodes.db, subscriber.id)
    assert.deepEqual(await findLogin(nodes.db, first.id), { value: first, version: 1 })
    const asked = await challenged(nodes.db, { of: phone.id, login: first })
    assert.deepEqual(await findLogin(nodes.other, first.id), { value: asked, version: 2 })
  })

  test('one that was never begun is not found', async () => {
    assert.equal(await findLogin(nodes.db, 'log_none' as LoginId), null)
  })

  test('a login of an unknown name is kept like any other', async () => {
    const value = await begun(nodes.db, null)
    assert.deepEqual((await findLogin(nodes.db, value.id))?.value, value)
  })

  test('a device sees the challenges that wait for it, newest first, until they are over', async () => {
    const { subscriber, phone, password } = await newcomer(nodes.db)
    const at = (index: number) => after(NOW, seconds(index))
    const asked: Challenged[] = []
    for (let index = 0; index < 3; index += 1) {
      const login = await begun(nodes.db, subscriber.id, at(index))
      asked.push(await challenged(nodes.db, { of: phone.id, login, at: at(index) }))
    }
    const open = async (now: Instant, id = phone.id) =>
      (await listOpenChallenges(nodes.db, id, now)).map(({ value }) => value)
    assert.deepEqual(await open(at(3)), asked.toReversed())
    assert.deepEqual(await open(at(3), password.id), [])
    const end = asked[0]?.challenge.expiresAt ?? NOW
    assert.equal((await open(after(end, millis(-1)))).length, 3)
    assert.deepEqual(await open(end), asked.slice(1).toReversed())
  })

  test('one that was answered waits no longer, and is remembered', async () => {
    const { subscriber, phone } = await newcomer(nodes.db)
    const login = await begun(nodes.db, subscriber.id)
    const asked = await challenged(nodes.db, { of: phone.id, login })
    const { challenge: _, ...attempt } = asked
    const refused = {
      ...attempt,
      state: 'refused',
      refusedAt: NOW,
      problem: 'login.denied',
    } as const
    await commitLogin(nodes.db, {
      now: NOW,
      login: { value: refused, version: 2 },
      effects: [],
      events: [],
    })
    assert.deepEqual(await listOpenChallenges(nodes.db, phone.id, NOW), [])
    assert.deepEqual(await listAnswered(nodes.db, phone.id, 10), [refused])
  })

  test('a device is shown ten challenges at most, the newest', async () => {
    const { subscriber, phone } = await newcomer(nodes.db)
    const asked: Challenged[] = []
    for (let index = 0; index < 11; index += 1) {
      const at = after(NOW, seconds(index))
      const login = await begun(nodes.db, subscriber.id, at)
      asked.push(await challenged(nodes.db, { of: phone.id, login, at }))
    }
    const open = await listOpenChallenges(nodes.db, phone.id, after(NOW, seconds(11)))
    assert.deepEqual(
      open.map(({ value }) => value),
      asked.slice(1).toReversed(),
    )
  })

  test('a decoy asks no device', async () => {
    const { phone } = await newcomer(nodes.db)
    const value = await begun(nodes.db, null)
    const nobody = 'aut_nobody' as AuthenticatorId
    const asked = await challenged(nodes.db, { of: nobody, login: { ...value, decoy: true } })
    assert.equal((await findLogin(nodes.db, value.id))?.value.state, 'challenged')
    assert.equal(asked.decoy, true)
    assert.deepEqual(await listOpenChallenges(nodes.db, nobody, NOW), [])
    assert.deepEqual(await listOpenChallenges(nodes.db, phone.id, NOW), [])
  })

  test('an authenticator is never asked the same number twice (A8)', async () => {
    const [one, other] = [await newcomer(nodes.db), await newcomer(nodes.db)]
    const ask = async (authenticatorId: AuthenticatorId, number: string) => {
      const login = beginning(one.subscriber.id)
      const commit = { now: NOW, login: { value: login, version: null }, effects: [], events: [] }
      const written = await commitLogin(nodes.db, {
        ...commit,
        challenge: { authenticatorId, number },
      })
      assert.equal((await findLogin(nodes.db, login.id)) !== null, written)
      return written
    }
    assert.equal(await ask(one.phone.id, '123456'), true)
    assert.equal(await ask(one.phone.id, '123456'), false)
    assert.equal(await ask(one.phone.id, '123457'), true)
    assert.equal(await ask(other.phone.id, '123456'), true)
    const raced = await Promise.all([ask(one.phone.id, '999999'), ask(one.phone.id, '999999')])
    assert.equal(winners(raced), 1)
  })

  test('logins are read by their ids, those that there still are, and no more than a page', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const all = Array.from({ length: PAGE_MAX + 1 }, () => begun(nodes.db, subscriber.id))
    const ids = (await Promise.all(all)).map(({ id }) => id)
    const [first, second] = ids
    assert.ok(first && second)
    const gone = newId('log', after(NOW, seconds(9)), random)
    const found = await listLoginsById(nodes.db, [second, gone, first])
    assert.deepEqual(found.map(({ id }) => id).toSorted(), [first, second].toSorted())
    assert.deepEqual(await listLoginsById(nodes.db, []), [])
    assert.equal((await listLoginsById(nodes.db, ids)).length, PAGE_MAX)
  })

  test('the first receipt of each kind counts', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const { id } = await begun(nodes.db, subscriber.id)
    const receipt = {
      loginId: id,
      openedAt: NOW,
      kind: 'received',
      at: after(NOW, seconds(1)),
    } as const
    const later = { ...receipt, at: after(NOW, minutes(1)) }
    const opened = { ...receipt, kind: 'opened', at: after(NOW, seconds(2)) } as const
    for (const one of [receipt, later, opened]) await recordReceipt(nodes.db, one)
    assert.deepEqual(await listReceipts(nodes.db, id, NOW), [receipt, opened])
    assert.deepEqual(await listReceipts(nodes.db, id, after(NOW, millis(1))), [])
  })

  test('what is on record about a login and a subscriber is read in its order', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const value = beginning(subscriber.id)
    const events = [
      { kind: 'login.started', platform: 'portal', recognised: false },
      { kind: 'login.password-accepted', decoy: false },
    ] as const
    const about = { subscriberId: subscriber.id, loginId: value.id }
    await commitLogin(nodes.db, {
      now: NOW,
      login: { value, version: null },
      effects: [],
      events: events.map((event) => ({ ...about, ...event })),
    })
    const written = await listLoginEvents(nodes.db, value.id)
    assert.deepEqual(
      written.map(({ at, event }) => ({ at, event })),
      events.map((event) => ({ at: NOW, event: { ...about, ...event } })),
    )
    const theirs = await listSubscriberEvents(nodes.db, subscriber.id, { limit: 2 })
    assert.deepEqual(
      theirs.map(({ event }) => event.kind),
      ['login.password-accepted', 'login.started'],
    )
    const before = theirs.at(-1)?.seq ?? 0
    const rest = await listSubscriberEvents(nodes.db, subscriber.id, { before, limit: 2 })
    assert.deepEqual(
      rest.map(({ event }) => event.kind),
      ['subscriber.created'],
    )
  })

  test('audit events can be neither changed nor deleted', async () => {
    await newcomer(nodes.db)
    const statements = [
      nodes.db.write.updateTable('audit_event').set({ body: '{}' }).compile(),
      nodes.db.write.deleteFrom('audit_event').compile(),
    ]
    for (const { sql, parameters } of statements) {
      await assert.rejects(nodes.db.commit([{ sql, parameters, rows: null }]), /only ever added/)
    }
    if (nodes.db.dialect === 'sqlite') return
    const emptied = nodes.db.alter((tables) => sql`truncate audit_event`.execute(tables))
    await assert.rejects(emptied, /only ever added/)
  })
})

/** Asks an authenticator, over the first version of a login. */
async function challenged(
  db: Db,
  asking: {
    readonly of: AuthenticatorId
    readonly login: ReturnType<typeof beginning>
    readonly at?: Instant
  },
): Promise<Challenged> {
  const { of, login, at = NOW } = asking
  const challenge = {
    authenticatorId: of,
    method: 'phone-key',
    prompt: { number: '123456' },
    expected: { number: '123456' },
    openedAt: at,
    expiresAt: after(at, minutes(3)),
  }
  const value: Challenged = { ...login, state: 'challenged', challenge }
  const commit = { now: at, login: { value, version: 1 }, effects: [], events: [] }
  assert.equal(await commitLogin(db, commit), true)
  return value
}
