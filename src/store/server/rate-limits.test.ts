import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, type Instant, instant, millis, minutes } from '#core/time/time.ts'
import {
  KEYS_MAX,
  memoryRateLimits,
  type RateLimits,
  type RateRule,
  redisRateLimits,
} from '#store/server/rate-limits.ts'

const REDIS = process.env['COUNTERSIGN_TEST_REDIS']

const START = instant(minutes(1_000))
const RULE: RateRule = { name: 'test', count: 3, per: minutes(1) }
const FULL = { ok: false, until: after(START, minutes(1)) }

/** What every way of counting does. */
const counts = (limits: () => Promise<RateLimits>, clock: { now: Instant }) => {
  test('as many as the rule says may pass, and the next hears until when to wait', async () => {
    const { take, close } = await limits()
    clock.now = START
    for (let index = 0; index < 3; index += 1) assert.deepEqual(await take(RULE, 'a'), { ok: true })
    assert.deepEqual(await take(RULE, 'a'), FULL)
    clock.now = after(START, millis(59_999))
    assert.deepEqual(await take(RULE, 'a'), FULL)
    clock.now = after(START, minutes(1))
    assert.deepEqual(await take(RULE, 'a'), { ok: true })
    await close()
  })

  test('what was given back can be taken again, in its own window and never twice', async () => {
    const { take, giveBack, close } = await limits()
    clock.now = after(START, minutes(40))
    for (let index = 0; index < 3; index += 1) await take(RULE, 'g')
    await giveBack(RULE, 'g', clock.now)
    assert.deepEqual(await take(RULE, 'g'), { ok: true })
    assert.equal((await take(RULE, 'g')).ok, false)
    const before = clock.now
    clock.now = after(before, minutes(1))
    for (let index = 0; index < 5; index += 1) await giveBack(RULE, 'g', before)
    for (let index = 0; index < 5; index += 1) await giveBack(RULE, 'g', clock.now)
    for (let index = 0; index < 3; index += 1) await take(RULE, 'g')
    assert.equal((await take(RULE, 'g')).ok, false)
    await close()
  })

  test('a refused caller takes nothing: the next try is possible as soon as one was given back', async () => {
    const { take, giveBack, close } = await limits()
    clock.now = after(START, minutes(50))
    for (let index = 0; index < 3; index += 1) await take(RULE, 'h')
    for (let index = 0; index < 5; index += 1) assert.equal((await take(RULE, 'h')).ok, false)
    await giveBack(RULE, 'h', clock.now)
    assert.deepEqual(await take(RULE, 'h'), { ok: true })
    assert.equal((await take(RULE, 'h')).ok, false)
    await close()
  })

  test('keys and rules do not share counts', async () => {
    const { take, close } = await limits()
    clock.now = after(START, minutes(10))
    for (let index = 0; index < 4; index += 1) await take(RULE, 'b')
    assert.deepEqual(await take(RULE, 'c'), { ok: true })
    assert.deepEqual(await take({ ...RULE, name: 'other' }, 'b'), { ok: true })
    assert.equal((await take(RULE, 'b')).ok, false)
    await close()
  })

  test('what has to be apart is, however the windows fall, to the millisecond', async () => {
    const { take, close } = await limits()
    const rule = { ...RULE, count: 1, apart: true } as const
    // Ten seconds before a window ends.
    const first = after(START, millis(minutes(30) + 50_000))
    clock.now = first
    assert.deepEqual(await take(rule, 'e'), { ok: true })
    const refused = { ok: false, until: after(first, minutes(1)) }
    clock.now = after(first, millis(59_999))
    assert.deepEqual(await take(rule, 'e'), refused)
    assert.deepEqual(await take(rule, 'f'), { ok: true })
    clock.now = after(first, minutes(1))
    const both = await Promise.all([take(rule, 'e'), take(rule, 'e')])
    assert.equal(both.filter(({ ok }) => ok).length, 1)
    await close()
  })

  test('of fifty at once, as many pass as the rule says', async () => {
    const { take, close } = await limits()
    clock.now = after(START, minutes(20))
    const taken = await Promise.all(Array.from({ length: 50 }, () => take(RULE, 'd')))
    assert.equal(taken.filter(({ ok }) => ok).length, 3)
    await close()
  })
}

suite('limits in one process', () => {
  const clock = { now: START }
  counts(() => Promise.resolve(memoryRateLimits(() => clock.now)), clock)

  test('it remembers a bounded number of keys, and forgets the oldest first', async () => {
    const { take } = memoryRateLimits(() => START)
    const rule = { ...RULE, count: 1 }
    for (let index = 0; index < KEYS_MAX; index += 1) await take(rule, `key ${index}`)
    assert.equal((await take(rule, 'key 0')).ok, false)
    assert.equal((await take(rule, 'one more')).ok, true)
    assert.equal((await take(rule, 'key 1')).ok, false)
    assert.equal((await take(rule, 'key 0')).ok, true)
  })
})

suite('limits while Redis is away', () => {
  const clock = { now: START }
  counts(
    () =>
      redisRateLimits(
        'redis://127.0.0.1:1',
        () => clock.now,
        () => undefined,
      ),
    clock,
  )
})

suite('limits over Redis', { skip: !REDIS }, () => {
  const clock = { now: START }
  // A run must not find what the one before has counted.
  const run = instant(Math.floor(process.pid) * minutes(1_000))
  const fail = (error: Error) => assert.fail(error)
  counts(() => redisRateLimits(REDIS ?? '', () => clock.now, fail), clock)

  test('two nodes count together', async () => {
    const nodes = [
      await redisRateLimits(REDIS ?? '', () => run, fail),
      await redisRateLimits(REDIS ?? '', () => run, fail),
    ]
    const taken = await Promise.all(
      Array.from({ length: 25 }, () => nodes.map((node) => node.take(RULE, 'shared'))).flat(),
    )
    assert.equal(taken.filter(({ ok }) => ok).length, 3)
    for (const node of nodes) await node.close()
  })
})
