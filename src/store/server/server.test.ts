import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, before, days, instant, millis, minutes } from '#core/time/time.ts'
import { raiseClockMark, readClockMark } from '#store/server/clock.ts'
import type { Db } from '#store/database/open.ts'
import { commitLogin, findLogin } from '#store/login/logins.ts'
import { migrate } from '#store/database/migrate.ts'
import { findOidc, upsertOidc } from '#store/sessions/oidc-payloads.ts'
import { giveUp, takeDue } from '#store/delivery/outbox.ts'
import { findPush, noteDeviceRequest, savePush } from '#store/devices/phone-channels.ts'
import { HISTORY, NOBODYS_THROTTLE, purge, PURGED_MAX } from '#store/server/purge.ts'
import { getServerKey } from '#store/server/server-keys.ts'
import {
  begun,
  beginning,
  newcomer,
  NOW,
  open,
  overBothDatabases,
} from '#store/contract/store.contract.ts'
import { findThrottle } from '#store/login/throttles.ts'

overBothDatabases('what a server keeps', (nodes) => {
  test('the tables are made once', async () => {
    assert.deepEqual(await migrate(nodes.db), [])
  })

  test('the clock mark only rises', async () => {
    assert.equal(await readClockMark(nodes.db), null)
    for (const [at, mark] of [
      [5, 5],
      [3, 5],
      [5, 5],
      [9, 9],
    ] as const) {
      await raiseClockMark(nodes.db, instant(at))
      assert.equal(await readClockMark(nodes.other), mark)
    }
  })

  test('of several nodes that make a key at once, all get the same', async () => {
    const makes = [1, 2, 3, 4].map((made) =>
      getServerKey(made % 2 ? nodes.db : nodes.other, 'signing', () => ({ made })),
    )
    const keys = await Promise.all(makes)
    for (const key of keys) assert.deepEqual(key, keys[0])
    const never = () => assert.fail('it was made twice')
    assert.deepEqual(await getServerKey(nodes.db, 'signing', never), keys[0])
  })

  test('a request that a device has signed before, or an earlier one, is refused', async () => {
    const { phone } = await newcomer(nodes.db)
    const noted = (time: number, before: readonly number[], db: Db = nodes.db) =>
      noteDeviceRequest(db, phone.id, { time, before })
    assert.equal(await noted(1_000, []), 'noted')
    assert.equal(await noted(1_000, [], nodes.other), 'replayed')
    assert.equal(await noted(999, [1_000]), 'replayed')
    assert.equal(await noted(999, []), 'replayed')
    assert.equal(await noted(1_001, [1_000]), 'noted')
    const before = [1_000, 1_001]
    const raced = await Promise.all([noted(2_000, before), noted(2_000, before, nodes.other)])
    assert.deepEqual(raced.toSorted(), ['noted', 'replayed'])
  })

  test('T-PWA-5 a request of a device that knows nothing of the last one is one of a copy', async () => {
    const { phone } = await newcomer(nodes.db)
    const noted = (time: number, before: readonly number[]) =>
      noteDeviceRequest(nodes.db, phone.id, { time, before })
    assert.equal(await noted(1_000, []), 'noted')
    // What was signed and never arrived does no harm.
    assert.equal(await noted(3_000, [1_000, 2_000]), 'noted')
    assert.equal(await noted(4_000, [1_000, 2_000]), 'copied')
    assert.equal(await noted(4_000, []), 'copied')
    // An answer that was lost: the phone does not know that it was heard, but that it spoke.
    assert.equal(await noted(4_000, [2_000, 3_000, 3_500]), 'noted')
    // A database that was set back knows less than the phone has already forgotten.
    assert.equal(await noted(9_000, [7_000, 8_000]), 'noted')
  })

  test('a push subscription is the latest, and knows nothing of requests', async () => {
    const { phone } = await newcomer(nodes.db)
    assert.equal(await findPush(nodes.db, phone.id), null)
    await noteDeviceRequest(nodes.db, phone.id, { time: 1_000, before: [] })
    const first = {
      subscription: { endpoint: 'https://push.example.com/1' },
      permission: 'granted',
      seenAt: NOW,
    } as const
    await savePush(nodes.db, phone.id, first)
    assert.deepEqual(await findPush(nodes.other, phone.id), first)
    const gone = {
      subscription: null,
      permission: 'denied',
      seenAt: after(NOW, minutes(1)),
    } as const
    await savePush(nodes.db, phone.id, gone)
    assert.deepEqual(await findPush(nodes.db, phone.id), gone)
    const again = { time: 1_000, before: [] }
    assert.equal(await noteDeviceRequest(nodes.db, phone.id, again), 'replayed')
  })

  test('a device may give its subscription before it has signed anything', async () => {
    const { phone } = await newcomer(nodes.db)
    await savePush(nodes.db, phone.id, { subscription: 'a', permission: 'granted', seenAt: NOW })
    assert.equal(await noteDeviceRequest(nodes.db, phone.id, { time: 1, before: [] }), 'noted')
    assert.equal((await findPush(nodes.db, phone.id))?.subscription, 'a')
  })

  test('a write by one node is read by the next', async () => {
    const third = await open(nodes.url)
    await raiseClockMark(nodes.other, instant(1_000))
    assert.equal(await readClockMark(third), 1_000)
    await third.close()
  })
})

overBothDatabases('purging', (nodes) => {
  const old = before(NOW, HISTORY)

  test('logins go when they are past history, and not a millisecond earlier', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const gone = await begun(nodes.db, subscriber.id, before(old, millis(1)))
    const kept = await begun(nodes.db, subscriber.id, old)
    assert.equal(await purge(nodes.db, NOW), 1)
    assert.equal(await findLogin(nodes.db, gone.id), null)
    assert.ok(await findLogin(nodes.db, kept.id))
    assert.equal(await purge(nodes.db, NOW), 0)
  })

  test('guesses at an unknown name go in time, guesses at a client never do', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const past = before(NOW, NOBODYS_THROTTLE)
    const guess = async (key: string, of: typeof subscriber.id | null, at: typeof NOW) => {
      const throttles = [{ key, value: { failures: 49, lastFailedAt: at }, version: null }]
      const login = { value: beginning(of), version: null }
      await commitLogin(nodes.db, { now: NOW, login, throttles, effects: [], events: [] })
    }
    await guess('nobody, long ago', null, before(past, millis(1)))
    await guess('nobody, lately', null, past)
    await guess('somebody, long ago', subscriber.id, before(NOW, days(4_000)))
    assert.equal(await purge(nodes.db, NOW), 1)
    assert.equal(await findThrottle(nodes.db, 'nobody, long ago'), null)
    assert.ok(await findThrottle(nodes.db, 'nobody, lately'))
    assert.ok(await findThrottle(nodes.db, 'somebody, long ago'))
  })

  test('payloads go when they have expired', async () => {
    const key = (id: string) => ({ model: 'AccessToken', id })
    await upsertOidc(nodes.db, { ...key('over'), payload: 1, expiresAt: NOW }, NOW)
    await upsertOidc(
      nodes.db,
      { ...key('open'), payload: 1, expiresAt: after(NOW, millis(1)) },
      NOW,
    )
    await upsertOidc(nodes.db, { ...key('endless'), payload: 1, expiresAt: null }, NOW)
    assert.equal(await purge(nodes.db, NOW), 1)
    assert.ok(await findOidc(nodes.db, key('open'), NOW))
    assert.ok(await findOidc(nodes.db, key('endless'), NOW))
  })

  test('deliveries that were given up go when the operator has had time to look', async () => {
    const { phone } = await newcomer(nodes.db)
    const effects = [{ kind: 'deliver', channel: 'push', to: phone.id, payload: 1 }] as const
    const login = { value: beginning(null), version: null }
    await commitLogin(nodes.db, { now: NOW, login, effects, events: [] })
    const [one] = await takeDue(nodes.db, { now: NOW, limit: 1, lease: minutes(1) })
    assert.ok(one)
    await giveUp(nodes.db, one.id, { now: NOW })
    const left = async () =>
      (await nodes.db.read.selectFrom('outbox').select('id').execute()).length
    await purge(nodes.db, after(NOW, HISTORY))
    assert.equal(await left(), 1)
    await purge(nodes.db, after(NOW, millis(HISTORY + 1)))
    assert.equal(await left(), 0)
  })

  test('one run deletes no more of a table than its limit', async () => {
    const { subscriber } = await newcomer(nodes.db)
    const past = before(old, minutes(1))
    const logins = Array.from({ length: PURGED_MAX + 1 }, () =>
      begun(nodes.db, subscriber.id, past),
    )
    await Promise.all(logins)
    assert.equal(await purge(nodes.db, NOW), PURGED_MAX)
    assert.equal(await purge(nodes.db, NOW), 1)
    assert.equal(await purge(nodes.db, NOW), 0)
  })
})
