import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Acr } from '../assurance.ts'
import {
  freeIn,
  type Limit,
  NOTHING_PAID,
  paid,
  PAYMENTS_MAX,
  roomIn,
  strengthFor,
} from './withdrawal-limits.ts'
import { after, days, instant, millis } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const LIMIT: Limit = { perDayUsd: 200, per5DaysUsd: 600, freeUsd: null, equityUsd: null }
const NO_LIMIT: Limit = { perDayUsd: null, per5DaysUsd: null, freeUsd: null, equityUsd: null }

function spent(...payments: readonly (readonly [days: number, cents: number])[]) {
  return {
    payments: payments.map(([count, cents]) => ({ at: after(NOON, days(-count)), cents })),
  }
}

suite('What may leave an account', () => {
  test('R121 is what the day and the five days both leave', () => {
    const rows = [
      [spent(), 20_000],
      [spent([0.5, 5_000]), 15_000],
      [spent([0.5, 20_000]), 0],
      [spent([2, 20_000]), 20_000],
      [spent([2, 20_000], [3, 20_000]), 20_000],
      [spent([2, 20_000], [3, 20_000], [4, 15_000]), 5_000],
      [spent([2, 20_000], [3, 20_000], [4, 20_000]), 0],
      [spent([6, 20_000], [7, 20_000]), 20_000],
    ] as const
    for (const [outflow, room] of rows) assert.equal(roomIn(outflow, LIMIT, NOON), room)
    assert.equal(roomIn(spent([0.1, 1e12]), NO_LIMIT, NOON), null)
  })

  test('R121 comes back when the day is over, and not a millisecond before', () => {
    const outflow = spent([1, 20_000])
    assert.equal(roomIn(outflow, LIMIT, after(NOON, millis(-1))), 0)
    assert.equal(roomIn(outflow, LIMIT, NOON), 20_000)
  })

  test('R121 may be used up to the cent, and no cent more', () => {
    const asked = { limit: LIMIT, now: NOON }
    assert.equal(paid(NOTHING_PAID, { cents: 20_001, ...asked }), null)
    const all = paid(NOTHING_PAID, { cents: 20_000, ...asked })
    assert.ok(all)
    assert.equal(paid(all, { cents: 1, ...asked }), null)
  })

  test('R117 is not what is kept back in the account, whatever the limits say', () => {
    const kept = { equityUsd: 100, reservedUsd: 20 }
    const limit = { ...NO_LIMIT, freeUsd: freeIn(kept), equityUsd: 100 }
    assert.ok(paid(NOTHING_PAID, { cents: 8_000, limit, now: NOON }))
    assert.equal(paid(NOTHING_PAID, { cents: 8_001, limit, now: NOON }), null)
    // What has left of what was told is not in it any more, until another amount is told.
    const half = paid(NOTHING_PAID, { cents: 4_000, limit, now: NOON }) ?? assert.fail('refused')
    assert.equal(roomIn(half, limit, NOON), 4_000)
    assert.equal(roomIn(half, { ...limit, freeUsd: 40, equityUsd: 60 }, NOON), 4_000)
    // One of before, or of when nothing was told, is counted by the limits alone.
    assert.equal(roomIn(spent([0.1, 4_000]), limit, NOON), 8_000)
    // Less than what is kept back is nothing, and not less.
    assert.equal(freeIn({ ...kept, equityUsd: 19 }), 0)
    // Where nothing was told, and where nothing is kept back, the platform decides.
    assert.equal(freeIn({ ...kept, equityUsd: null }), null)
    assert.equal(freeIn({ ...kept, reservedUsd: 0 }), null)
  })

  test('forgets what is older than five days, and takes only so many payments', () => {
    const old = paid(spent([5, 1], [4.9, 1]), { cents: 1, limit: NO_LIMIT, now: NOON })
    assert.equal(old?.payments.length, 2)
    const many = spent(...Array.from({ length: PAYMENTS_MAX }, () => [1, 1] as const))
    assert.equal(paid(many, { cents: 1, limit: NO_LIMIT, now: NOON }), null)
    const fewer = spent(...Array.from({ length: PAYMENTS_MAX - 1 }, () => [1, 1] as const))
    assert.ok(paid(fewer, { cents: 1, limit: NO_LIMIT, now: NOON }))
  })

  test('R121 asks for the weakest that is enough', () => {
    const limits: Readonly<Record<Acr, number | null>> = {
      1: 50,
      '2t': 50,
      '2s': 200,
      '2c': 200,
      3: 1_000,
      '3c': 1_500,
      4: null,
    }
    const limitOf = (acr: Acr): Limit => ({ ...NO_LIMIT, perDayUsd: limits[acr] })
    const rows = [
      [5_000, '1'],
      [5_001, '2s'],
      [20_000, '2s'],
      [20_001, '3'],
      [100_000, '3'],
      [100_001, '3c'],
      [150_000, '3c'],
      [150_001, '4'],
    ] as const
    for (const [cents, acr] of rows) {
      assert.equal(strengthFor(cents, { outflow: NOTHING_PAID, limitOf, now: NOON }), acr)
    }
    const none = (): Limit => ({ perDayUsd: 0, per5DaysUsd: 0, freeUsd: null, equityUsd: null })
    assert.equal(strengthFor(1, { outflow: NOTHING_PAID, limitOf: none, now: NOON }), null)
  })
})
