import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import { after, type Instant, millis, minutes, seconds } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { commitLogin } from '#store/login/logins.ts'
import { giveUp, markSent, postpone, takeDue } from '#store/delivery/outbox.ts'
import { beginning, newcomer, overBothDatabases } from '#store/contract/store.contract.ts'

const LEASE = minutes(1)

overBothDatabases('the outbox', (nodes) => {
  // Each test has a day of its own: what another leaves behind is not due yet.
  let day = Date.UTC(2026, 10, 30)
  const newDay = (): Instant => {
    day -= 86_400_000
    return day as Instant
  }

  test('what a step leads to is there once it is committed, and gone once it is sent', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    const ids = await delivered(nodes.db, { to: phone.id, at: now, count: 2 })
    const taken = await take(nodes.db, now)
    const same = { channel: 'push', to: phone.id, createdAt: now, attempts: 0 }
    const expected = ids.map((id, index) => ({ ...same, id, payload: { index } }))
    assert.deepEqual(taken, expected)
    await markSent(nodes.db, ids)
    await markSent(nodes.db, [])
    assert.deepEqual(await take(nodes.db, after(now, LEASE)), [])
  })

  test('nothing is due before its time', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    await delivered(nodes.db, { to: phone.id, at: now, count: 1 })
    assert.deepEqual(await take(nodes.db, after(now, millis(-1))), [])
    const [one] = await take(nodes.db, now)
    assert.ok(one)
    await postpone(nodes.db, { id: one.id, dueAt: after(now, seconds(5)), attempts: 1 })
    assert.deepEqual(await take(nodes.db, after(now, millis(4_999))), [])
    const [again] = await take(nodes.db, after(now, seconds(5)))
    assert.deepEqual(again, { ...one, attempts: 1 })
    await markSent(nodes.db, [one.id])
  })

  test('two nodes that look at once never take the same', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    for (let round = 0; round < 20; round += 1) {
      const ids = await delivered(nodes.db, { to: phone.id, at: now, count: 5 })
      const [here, there] = await Promise.all([take(nodes.db, now), take(nodes.other, now)])
      const all = [...here, ...there].map(({ id }) => id)
      assert.deepEqual(all.toSorted(), ids.toSorted())
      await markSent(nodes.db, ids)
    }
  })

  test('a node that dies with a lease has only delayed it', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    await delivered(nodes.db, { to: phone.id, at: now, count: 1 })
    const [first] = await take(nodes.db, now)
    assert.ok(first)
    assert.deepEqual(await take(nodes.other, after(now, millis(LEASE - 1))), [])
    assert.deepEqual(await take(nodes.other, after(now, LEASE)), [first])
    await markSent(nodes.db, [first.id])
  })

  test('what is for a channel that has enough to do stays, and can be taken later', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    const [one] = await delivered(nodes.db, { to: phone.id, at: now, count: 1, channel: 'sms' })
    const [other] = await delivered(nodes.db, { to: phone.id, at: now, count: 1 })
    assert.ok(one && other)
    const looking = { now, limit: 100, lease: LEASE }
    const first = await takeDue(nodes.db, { ...looking, without: ['sms', 'voice'] })
    assert.deepEqual(
      first.map(({ id }) => id),
      [other],
    )
    const second = await takeDue(nodes.db, { ...looking, without: ['push'] })
    assert.deepEqual(
      second.map(({ id }) => id),
      [one],
    )
    await markSent(nodes.db, [one, other])
  })

  test('what was given up is not tried again', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    const [id] = await delivered(nodes.db, { to: phone.id, at: now, count: 1 })
    assert.ok(id)
    await giveUp(nodes.db, id, { now })
    assert.deepEqual(await take(nodes.db, after(now, LEASE)), [])
  })

  test('no more is taken than was asked for, oldest first', async () => {
    const now = newDay()
    const { phone } = await newcomer(nodes.db)
    const late = await delivered(nodes.db, { to: phone.id, at: after(now, seconds(1)), count: 1 })
    const early = await delivered(nodes.db, { to: phone.id, at: now, count: 1 })
    const looking = { now: after(now, seconds(1)), limit: 1, lease: LEASE }
    assert.deepEqual(
      (await takeDue(nodes.db, looking)).map(({ id }) => id),
      early,
    )
    assert.deepEqual(
      (await takeDue(nodes.db, looking)).map(({ id }) => id),
      late,
    )
    await markSent(nodes.db, [...early, ...late])
  })
})

const take = (db: Db, now: Instant) => takeDue(db, { now, limit: 100, lease: LEASE })

interface Ordered {
  readonly to: AuthenticatorId
  readonly at: Instant
  readonly count: number
  readonly channel?: string
}

/** Commits a step that leads to deliveries; @returns their ids. */
async function delivered(db: Db, { to, at, count, channel = 'push' }: Ordered) {
  const value = beginning(null, at)
  const effects = Array.from({ length: count }, (_, index) => ({
    kind: 'deliver' as const,
    channel,
    to,
    payload: { index },
  }))
  const commit = { now: at, login: { value, version: null }, effects, events: [] }
  assert.equal(await commitLogin(db, commit), true)
  const rows = await db.read
    .selectFrom('outbox')
    .select('id')
    .where('id', 'like', `out_${value.id}%`)
    .orderBy('id')
    .execute()
  assert.equal(rows.length, count)
  return rows.map(({ id }) => id as `out_${string}` as Awaited<ReturnType<typeof take>>[0]['id'])
}
