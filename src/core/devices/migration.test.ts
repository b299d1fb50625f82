import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { obstacleToSuccession, riskSignals, waitsUntil } from './migration.ts'
import {
  after,
  before,
  between,
  days,
  hours,
  instant,
  type Millis,
  millis,
  minutes,
  seconds,
} from '../time/time.ts'

const NOON = instant(Date.UTC(2026, 10, 20, 12))
const PLAIN = { now: NOON, contactChangedAt: null, passwordChangedAt: null, answersRefused: 2 }

const less = (length: Millis): Millis => millis(length - seconds(1))

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

suite('A session that is too weak to bind', () => {
  const open = {
    now: NOON,
    isProven: true,
    isAllowed: true,
    canObject: true,
    setUpAt: [before(NOON, days(31))],
  }
  const ago = (...all: readonly Millis[]) => ({
    setUpAt: all.map((length) => before(NOON, length)),
  })
  const second = seconds(1)
  const today = 'enrolment.another-phone-today'
  const month = 'enrolment.three-phones-this-month'
  const [day, thirty] = [hours(24), days(30)]
  const rows = [
    ['a phone of last month', {}, null],
    ['no phone was ever set up, and one may object', { setUpAt: [] }, null],
    ['one factor', { isProven: false }, { problem: 'enrolment.too-weak' }],
    ['rules', { isAllowed: false }, { problem: 'enrolment.jurisdiction' }],
    ['no phone', { canObject: false }, { problem: 'enrolment.no-phone-to-replace' }],
    [
      'what time does not heal is said first',
      { canObject: false, ...ago(second) },
      { problem: 'enrolment.no-phone-to-replace' },
    ],
    ['a phone of 24 hours ago', ago(day), null],
    ['a phone of a second less', ago(less(day)), { problem: today, until: after(NOON, second) }],
    ['two of this month', ago(days(3), days(2)), null],
    [
      'three of this month, in any order',
      ago(days(3), days(20), days(2)),
      { problem: month, until: after(NOON, days(10)) },
    ],
    ['the third of 30 days ago', ago(days(3), thirty, days(2)), null],
    [
      'the third of a second less',
      ago(days(3), less(thirty), days(2)),
      { problem: month, until: after(NOON, second) },
    ],
    [
      'both: the one that lasts longer',
      ago(hours(1), days(20), days(2)),
      { problem: month, until: after(NOON, days(10)) },
    ],
    [
      'both: the one that lasts longer, the other way round',
      ago(hours(1), less(thirty), days(2)),
      { problem: today, until: after(NOON, hours(23)) },
    ],
  ] as const
  for (const [what, odd, expected] of rows) {
    test(`T-MIG-3 S74 is told what a new phone waits for: ${what}`, () => {
      assert.deepEqual(obstacleToSuccession({ ...open, ...odd }), expected)
    })
  }
})
