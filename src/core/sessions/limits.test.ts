import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEFAULT_LIMITS, disordersIn, limitsFor, type LimitTable } from './limits.ts'

const LOW: LimitTable = { ...DEFAULT_LIMITS, 3: [250_000, 700_000], 4: [5_000_000, null] }
const OTHER: LimitTable = { ...DEFAULT_LIMITS, 3: [900_000, 900_000], '2s': [100_000, 100_000] }

const LIMITS = {
  everywhere: DEFAULT_LIMITS,
  places: new Map([
    ['low', LOW],
    ['other', OTHER],
  ]),
}

suite('Withdrawal limits', () => {
  test('R121 are those of the place, and of several places the lowest of each', () => {
    const of = (...ids: readonly string[]) =>
      limitsFor(
        LIMITS,
        ids.map((id) => ({ id, isKnown: id !== 'gone' })),
      )
    assert.deepEqual(of('default'), DEFAULT_LIMITS)
    assert.deepEqual(of(), DEFAULT_LIMITS)
    assert.deepEqual(of('low'), LOW)
    const lowest = { ...LOW, '2s': [100_000, 100_000] }
    assert.deepEqual(of('low', 'other', 'default'), lowest)
    assert.deepEqual(of('gone'), lowest, 'a place that is not known any more')
  })

  test('R121 never fall from a weaker device to a stronger one, nor from one day to five', () => {
    assert.deepEqual(disordersIn(DEFAULT_LIMITS), [])
    assert.deepEqual(disordersIn({ ...DEFAULT_LIMITS, 3: [200_000, 600_000] }), [])
    assert.deepEqual(disordersIn({ ...DEFAULT_LIMITS, 3: [199_999, 600_000] }), [
      { acr: '3', days: 1, least: 200_000, by: '2c' },
    ])
    assert.deepEqual(disordersIn({ ...DEFAULT_LIMITS, 3: [200_000, 599_999] }), [
      { acr: '3', days: 5, least: 600_000, by: '2c' },
    ])
    assert.deepEqual(disordersIn({ ...DEFAULT_LIMITS, 4: [null, 2_000_000] }), [
      { acr: '4', days: 5, least: null, by: '4' },
    ])
    assert.deepEqual(disordersIn({ ...DEFAULT_LIMITS, '3c': [null, null], 4: [1, null] }), [
      { acr: '4', days: 1, least: null, by: '3c' },
    ])
  })
})
