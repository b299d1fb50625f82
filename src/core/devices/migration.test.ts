import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { riskSignals, waitsUntil } from './migration.ts'
import { before, between, days, hours, instant, minutes } from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const PLAIN = { now: NOON, contactChangedAt: null, passwordChangedAt: null, answersRefused: 2 }

suite('A new phone that was set up with a text alone', () => {
  test('S73 waits twelve hours', () => {
    assert.deepEqual(riskSignals(PLAIN), [])
    assert.equal(between(NOON, waitsUntil(NOON, [])), hours(12))
  })

  const rows = [
    ['contact-changed', { contactChangedAt: before(NOON, minutes(1)) }],
    ['contact-changed', { contactChangedAt: before(NOON, days(29)) }],
    [null, { contactChangedAt: before(NOON, days(30)) }],
    ['password-changed', { passwordChangedAt: before(NOON, hours(23)) }],
    [null, { passwordChangedAt: before(NOON, hours(24)) }],
    ['answers-failed', { answersRefused: 3 }],
  ] as const
  for (const [signal, odd] of rows) {
    test(`T-MIG-6 waits longer because of ${signal ?? 'nothing'}, given ${JSON.stringify(odd)}`, () => {
      const signals = riskSignals({ ...PLAIN, ...odd })
      assert.deepEqual(signals, signal === null ? [] : [signal])
      const expected = signal === null ? hours(12) : hours(72)
      assert.equal(between(NOON, waitsUntil(NOON, signals)), expected)
    })
  }
})
