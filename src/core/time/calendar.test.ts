import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Calendar, tradesFrom, wallClock } from './calendar.ts'
import { hours, type Instant, instant } from './time.ts'

const at = (text: string): Instant => instant(Date.parse(text))

const NEW_YORK: Calendar = {
  timeZone: 'America/New_York',
  cutOff: hours(17),
  weekend: [6, 7],
  holidays: new Set(['2026-11-26', '2026-12-25']),
}

suite('An account that is approved', () => {
  test('R027 trades at once up to the cut-off, and one moment later on the next business day', () => {
    const rows = [
      // Winter: New York is five hours behind.
      ['2026-11-19T21:59:59.999Z', 'at once'],
      ['2026-11-19T22:00:00.000Z', 'at once'],
      ['2026-11-19T22:00:00.001Z', '2026-11-20T05:00:00.000Z'],
      ['2026-11-20T00:00:00.000Z', '2026-11-20T05:00:00.000Z'],
      ['2026-11-20T05:00:00.000Z', 'at once'],
      // Friday evening, Saturday at noon, Sunday: Monday.
      ['2026-11-20T22:00:01.000Z', '2026-11-23T05:00:00.000Z'],
      ['2026-11-21T17:00:00.000Z', '2026-11-23T05:00:00.000Z'],
      ['2026-11-22T17:00:00.000Z', '2026-11-23T05:00:00.000Z'],
      // The evening before a holiday, and the holiday itself.
      ['2026-11-25T23:00:00.000Z', '2026-11-27T05:00:00.000Z'],
      ['2026-11-26T15:00:00.000Z', '2026-11-27T05:00:00.000Z'],
      // A holiday on a Friday takes the weekend along.
      ['2026-12-24T22:00:01.000Z', '2026-12-28T05:00:00.000Z'],
    ] as const
    for (const [approved, expected] of rows) {
      const from = tradesFrom(at(approved), NEW_YORK)
      const shown = from === at(approved) ? 'at once' : new Date(from).toISOString()
      assert.equal(shown, expected, approved)
    }
  })

  test('R027 one second past the cut-off across a change of the clocks waits for the right midnight', () => {
    const rows = [
      // Spring, Sunday 8 March 2026: Friday at 17:00:01 in winter, Monday begins in summer.
      ['2026-03-06T22:00:00Z', '2026-03-06T22:00:00.000Z'],
      ['2026-03-06T22:00:01Z', '2026-03-09T04:00:00.000Z'],
      ['2026-03-09T21:00:00Z', '2026-03-09T21:00:00.000Z'],
      ['2026-03-09T21:00:01Z', '2026-03-10T04:00:00.000Z'],
      // Autumn, Sunday 1 November 2026: Friday in summer, Monday begins in winter.
      ['2026-10-30T21:00:00Z', '2026-10-30T21:00:00.000Z'],
      ['2026-10-30T21:00:01Z', '2026-11-02T05:00:00.000Z'],
      ['2026-11-02T22:00:01Z', '2026-11-03T05:00:00.000Z'],
    ] as const
    for (const [approved, expected] of rows) {
      assert.equal(new Date(tradesFrom(at(approved), NEW_YORK)).toISOString(), expected, approved)
    }
  })

  test('begins its day where that begins, also where clocks jump over midnight', () => {
    // Beirut, 29 March 2026: from 00:00 the clocks go to 01:00.
    const beirut = {
      ...NEW_YORK,
      timeZone: 'Asia/Beirut',
      weekend: [],
      holidays: new Set<string>(),
    }
    const late = at('2026-03-28T15:00:01Z')
    assert.equal(new Date(tradesFrom(late, beirut)).toISOString(), '2026-03-28T22:00:00.000Z')
    assert.deepEqual(wallClock(at('2026-03-28T22:00:00Z'), 'Asia/Beirut'), {
      date: '2026-03-29',
      sinceMidnight: hours(1),
    })
  })

  test('reads the wall clock on the day with an hour more, and far from Greenwich', () => {
    assert.deepEqual(wallClock(at('2026-11-01T05:30:00Z'), 'America/New_York'), {
      date: '2026-11-01',
      sinceMidnight: hours(1.5),
    })
    assert.deepEqual(wallClock(at('2026-11-01T06:30:00Z'), 'America/New_York'), {
      date: '2026-11-01',
      sinceMidnight: hours(1.5),
    })
    const kiritimati = { ...NEW_YORK, timeZone: 'Pacific/Kiritimati' }
    const midway = { ...NEW_YORK, timeZone: 'Pacific/Midway' }
    const late = at('2026-11-17T03:00:01.5Z')
    assert.equal(new Date(tradesFrom(late, kiritimati)).toISOString(), '2026-11-17T10:00:00.000Z')
    const behind = at('2026-11-17T04:00:00.001Z')
    assert.equal(new Date(tradesFrom(behind, midway)).toISOString(), '2026-11-17T11:00:00.000Z')
  })

  test('does not look for ever for a business day that does not come', () => {
    const never = { ...NEW_YORK, weekend: [1, 2, 3, 4, 5, 6, 7] }
    assert.throws(() => tradesFrom(at('2026-11-19T12:00:00Z'), never), /no business day/)
  })
})
