import { type Instant, instant, type Millis, millis } from '#core/time/time.ts'

/** When the broker works: by the clock on its wall, whatever that does in spring and autumn. */
export interface Calendar {
  /** An IANA name, such as `America/New_York`. */
  readonly timeZone: string
  /**
   * What is approved later than this, since midnight by the wall clock, counts for the next
   * business day.
   */
  readonly cutOff: Millis
  /** Days of the week without business: 1 is Monday, 7 is Sunday. */
  readonly weekend: readonly number[]
  /** Days of the year without business, such as `2026-12-25`. */
  readonly holidays: ReadonlySet<string>
}

/**
 * When an account that is approved now may trade: at once on a business day up to the cut-off, else
 * from the first moment of the next business day (R027).
 */
export function tradesFrom(approvedAt: Instant, calendar: Calendar): Instant {
  const { date, sinceMidnight } = wallClock(approvedAt, calendar.timeZone)
  if (isBusinessDay(date, calendar) && sinceMidnight <= calendar.cutOff) return approvedAt
  return startOf(nextBusinessDay(date, calendar), calendar.timeZone)
}

export interface WallClock {
  /** Such as `2026-11-20`. */
  readonly date: string
  /**
   * As the hands of the clock say it: on a day that an hour is added to, eleven at night is still
   * 23 h.
   */
  readonly sinceMidnight: Millis
}

/** The date and the time of day that a clock of this zone shows. */
export function wallClock(at: Instant, timeZone: string): WallClock {
  const shown = new Map(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => shown.get(name) ?? ''
  const [hours, minutes, seconds] = (['hour', 'minute', 'second'] as const).map((name) =>
    Number(part(name)),
  ) as [number, number, number]
  const thousandths = ((at % 1_000) + 1_000) % 1_000
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    sinceMidnight: millis(((hours * 60 + minutes) * 60 + seconds) * 1_000 + thousandths),
  }
}

/** The first moment of a day: where the clocks jump over midnight, that is not 0 h. */
function startOf(date: string, timeZone: string): Instant {
  const middle = Date.parse(`${date}T00:00:00Z`)
  let before = middle - OFFSET_MAX
  let from = middle + OFFSET_MAX
  while (from - before > 1) {
    const between = Math.floor((before + from) / 2)
    if (wallClock(instant(between), timeZone).date < date) before = between
    else from = between
  }
  return instant(from)
}

/** No zone is further from UTC. */
const OFFSET_MAX = 16 * 3_600_000
const DAY = 86_400_000

/** The first moment of the business day that is so many after the one of this moment. */
export function businessDaysAfter(at: Instant, count: number, calendar: Calendar): Instant {
  let { date } = wallClock(at, calendar.timeZone)
  for (let day = 0; day < count; day += 1) date = nextBusinessDay(date, calendar)
  return startOf(date, calendar.timeZone)
}

function nextBusinessDay(date: string, calendar: Calendar): string {
  let day = date
  for (let count = 0; count < CLOSED_DAYS_MAX; count += 1) {
    day = new Date(Date.parse(`${day}T00:00:00Z`) + DAY).toISOString().slice(0, 10)
    if (isBusinessDay(day, calendar)) return day
  }
  throw new Error('the calendar has no business day')
}

const CLOSED_DAYS_MAX = 366

const isBusinessDay = (date: string, { weekend, holidays }: Calendar): boolean =>
  !weekend.includes(weekday(date)) && !holidays.has(date)

/** 1 is Monday, 7 is Sunday. */
const weekday = (date: string): number => new Date(`${date}T00:00:00Z`).getUTCDay() || 7

/** Such a clock is dear to make, and always the same. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  clocks.set(timeZone, made)
  return made
}
