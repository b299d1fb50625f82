import type { Language } from '#core/subscribers/account.ts'
import { type Instant, instant, minutes } from '#core/time/time.ts'
import { texts } from '#edges/texts/texts.ts'

/** Times, dates and money as people write them in one language, by the clock of the brokerage. */
export interface Formats {
  /** `09:41` */
  time(at: Instant): string
  /** `Today, 09:41`, `12 October, 09:41` */
  moment(at: Instant, now: Instant): string
  /** What is to come, within a sentence: `today, 16:41`, `tomorrow, 16:41`, `12 October, 16:41`. */
  ahead(at: Instant, now: Instant): string
  /** What has been, within a sentence: `today, 09:41`, `yesterday, 09:41`, `12 October, 09:41`. */
  past(at: Instant, now: Instant): string
  /** `Today`, `12 October`, `3 March 2026` */
  day(at: Instant, now: Instant): string
  /** `3 March 2026` whatever day it is: for what is kept on paper. */
  date(at: Instant): string
  /** `31 December 2025`: a day of the calendar, wherever it is read. */
  calendarDay(day: string): string
  /** `84 KB`, `1.2 MB` */
  size(bytes: number): string
  /** `3 March 2026, 09:41` */
  full(at: Instant): string
  /** `USD 12,500` with a space that does not break. */
  money(dollars: number): string
  /** `USD 12,500.00`: an amount that is paid, to the cent. */
  amount(cents: number): string
  /** `1,234.50`: decimal digits as another system wrote them, with at least so many decimals. */
  decimal(digits: string, decimals: number): string
  /** Where the clock stands, such as `New York`. */
  readonly zone: string
}

/** Days that have a name, by how far they are from today. */
const NEAR = [
  ['yesterday', -1],
  ['today', 0],
  ['tomorrow', 1],
] as const

/** Formats are dear to make and cheap to use: make them once for each language. */
export function formatsOf(language: Language, timeZone: string): Formats {
  const locale = { en: 'en-GB', fr: 'fr-FR' }[language]
  const dateOf = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options })
  const clock = dateOf({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const date = dateOf({ day: 'numeric', month: 'long' })
  const dateWithYear = dateOf({ day: 'numeric', month: 'long', year: 'numeric' })
  const year = dateOf({ year: 'numeric' })
  const anywhere = dateOf({ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const numbers = { en: 'en-US', fr: 'fr-FR' }[language]
  const number = new Intl.NumberFormat(numbers)
  const tenths = new Intl.NumberFormat(numbers, { maximumFractionDigits: 1 })
  const exact = new Intl.NumberFormat(numbers, { minimumFractionDigits: 2 })
  const { text } = texts(language)

  const time = (at: Instant) => clock.format(at)
  const first = (words: string) => (language === 'fr' ? words.replace(/^1 /, '1er ') : words)
  const written = (at: Instant) => first(dateWithYear.format(at))
  const day = (at: Instant, now: Instant) => {
    const whole = dateWithYear.format(at)
    if (whole === dateWithYear.format(now)) return text('common.today')
    if (whole === dateWithYear.format(now - 86_400_000)) return text('common.yesterday')
    const shown = year.format(at) === year.format(now) ? date.format(at) : whole
    return first(shown)
  }
  const past = (at: Instant, now: Instant) => {
    const whole = dateWithYear.format(at)
    const near = NEAR.find(([, days]) => whole === dateWithYear.format(now + days * 86_400_000))
    const [which] = near ?? ['day']
    return text(`common.ahead.${which}`, { day: day(at, now), time: time(at) })
  }
  // The first minute at which it is true.
  const ahead = (end: Instant, now: Instant) =>
    past(instant(Math.ceil(end / MINUTE_MS) * MINUTE_MS), now)
  return {
    time,
    day,
    ahead,
    past,
    date: written,
    calendarDay: (day) => first(anywhere.format(Date.parse(`${day}T00:00:00Z`))),
    size: (bytes) =>
      bytes < MEGABYTE
        ? text('common.size.kb', { size: number.format(Math.ceil(bytes / 1_000)) })
        : text('common.size.mb', { size: tenths.format(bytes / MEGABYTE) }),
    full: (at) => text('common.moment', { day: written(at), time: time(at) }),
    moment: (at, now) => text('common.moment', { day: day(at, now), time: time(at) }),
    money: (dollars) => `USD\u00a0${number.format(dollars)}`,
    amount: (cents) => `USD\u00a0${exact.format(cents / 100)}`,
    decimal: (digits, decimals) =>
      new Intl.NumberFormat(numbers, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: 8,
      })
        // Text, so that no digit is lost on the way.
        .format(digits as Intl.StringNumericLiteral),
    zone: (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' '),
  }
}

const MINUTE_MS = minutes(1)
const MEGABYTE = 1_000_000
