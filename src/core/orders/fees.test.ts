import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, days, instant, millis } from '../time/time.ts'
import { isFree, LOSSES } from './fees.ts'

const SINCE = instant(Date.UTC(2026, 10, 20, 12))
const RULES = { warrantyDays: 730 }

suite('A device is replaced', () => {
  test('R117 for nothing where its battery is empty, its key has ended, or it failed within the warranty', () => {
    const ends = after(SINCE, days(730))
    const freeAt = (now: typeof SINCE) =>
      LOSSES.filter((why) => isFree(why, { since: SINCE, now, rules: RULES }))
    assert.deepEqual(freeAt(SINCE), ['battery', 'expired', 'fault'])
    assert.deepEqual(freeAt(after(ends, millis(-1))), ['battery', 'expired', 'fault'])
    assert.deepEqual(freeAt(ends), ['battery', 'expired'])
  })
})
