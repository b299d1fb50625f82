import assert from 'node:assert/strict'
import test from 'node:test'
import { retryStale } from '#engine/retry.ts'

test('a step is taken again while others write what it read, three times at most', async () => {
  let taken = 0
  const firstAt = (at: number) => () => {
    taken += 1
    return Promise.resolve(taken < at ? 'stale' : taken)
  }
  assert.equal(await retryStale('login.conflict', firstAt(1)), 1)
  taken = 0
  assert.equal(await retryStale('login.conflict', firstAt(3)), 3)
  taken = 0
  const crowded = { ok: false, problem: 'login.conflict' }
  assert.deepEqual(await retryStale('login.conflict', firstAt(4)), crowded)
  assert.equal(taken, 3)
  taken = 0
  assert.equal(await retryStale('login.conflict', firstAt(5), 5), 5)
})

test('what a step says no to is not tried again', async () => {
  let taken = 0
  const no = { ok: false, problem: 'login.denied' } as const
  const said = await retryStale('login.conflict', () => {
    taken += 1
    return Promise.resolve(no)
  })
  assert.deepEqual([said, taken], [no, 1])
})
