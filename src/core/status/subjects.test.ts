import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { NOTICE_LENGTH_MAX, readNotice, REASON_LENGTH_MAX } from '#core/status/notice.ts'
import { disturbances, hourly } from '#core/status/subjects.ts'
import { after, before, days, hours, instant, millis, minutes } from '#core/time/time.ts'

const NINE = instant(Date.UTC(2026, 10, 30, 9))

suite('What the status page tells of the past', () => {
  test('a time is cut at each full hour, and none of it is lost', () => {
    const from = after(NINE, minutes(50))
    assert.deepEqual(hourly(from, after(from, minutes(80))), [
      { hour: NINE, length: minutes(10) },
      { hour: after(NINE, hours(1)), length: minutes(60) },
      { hour: after(NINE, hours(2)), length: minutes(10) },
    ])
    assert.deepEqual(hourly(NINE, NINE), [])
  })

  test('a gap of a year writes no more rows than are shown', () => {
    const pieces = hourly(before(NINE, days(365)), NINE)
    assert.ok(pieces.length <= 8 * 24)
    assert.equal(pieces.at(-1)?.hour, before(NINE, hours(1)))
  })

  test('the minutes of a day are told together, by place, and less than half of one is not', () => {
    const seen = (hour: number, lateMs: number, place = 'IN') => ({
      subject: 'sms' as const,
      place,
      hour: after(NINE, hours(hour)),
      lateMs,
    })
    const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
    const all = [seen(0, 90_000), seen(1, 30_000), seen(24, 29_999), seen(25, 60_000, 'US')]
    assert.deepEqual(disturbances(all, dayOf), [
      { place: 'US', day: after(NINE, hours(25)), minutes: 1 },
      { place: 'IN', day: NINE, minutes: 2 },
    ])
  })

  test('a week in which every country was late names each of its hours once', () => {
    const all = Array.from({ length: 5_000 }, (_, at) => ({
      subject: 'sms' as const,
      place: `P${Math.floor(at / 192)}`,
      hour: after(NINE, hours(at % 192)),
      lateMs: 60_000,
    }))
    let asked = 0
    const days = disturbances(all, (at) => {
      asked += 1
      return new Date(at).toISOString().slice(0, 10)
    })
    assert.equal(asked, 192)
    assert.equal(
      days.reduce((sum, { minutes }) => sum + minutes, 0),
      5_000,
    )
  })
})

suite('A notice of an operator', () => {
  const typed = (given: Partial<Parameters<typeof readNotice>[0]> = {}) =>
    readNotice({ words: { en: 'Late', fr: 'En retard' }, reason: 'carrier', hours: 2, ...given })
  const problem = (given: Partial<Parameters<typeof readNotice>[0]>) => {
    const read = typed(given)
    return read.ok ? null : read.problem
  }

  test('is one line in each language, with a reason, for a bounded time', () => {
    assert.deepEqual(typed(), {
      ok: true,
      words: { en: 'Late', fr: 'En retard' },
      reason: 'carrier',
      lasts: millis(7_200_000),
    })
    const max = 'a'.repeat(NOTICE_LENGTH_MAX)
    assert.equal(problem({ words: { en: max, fr: max } }), null)
    for (const bad of ['', ' ', 'two\nlines', `${max}a`, '\u202Eback'])
      for (const words of [
        { en: bad, fr: max },
        { en: max, fr: bad },
      ])
        assert.equal(problem({ words }), 'words', bad)
    assert.equal(problem({ reason: '' }), 'reason')
    assert.equal(problem({ reason: 'a'.repeat(REASON_LENGTH_MAX + 1) }), 'reason')
    for (const count of [0, 337, 1.5, Number.NaN]) assert.equal(problem({ hours: count }), 'hours')
    for (const count of [1, 336]) assert.equal(problem({ hours: count }), null)
  })
})
