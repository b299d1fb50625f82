/** Times in words, in the reader's language and zone. */

/** 09:41:07 */
export const clockTime = (at_ms: number, language: string): string =>
  new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at_ms)

/** 09:41 */
export const shortTime = (at_ms: number, language: string): string =>
  new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at_ms)

/** 3 March 2026 */
export const longDay = (at_ms: number, language: string): string =>
  new Intl.DateTimeFormat(languageOfDays(language), { dateStyle: 'long' }).format(at_ms)

/** 12 Nov */
export const shortDay = (at_ms: number, language: string): string =>
  new Intl.DateTimeFormat(languageOfDays(language), { day: 'numeric', month: 'short' }).format(
    at_ms,
  )

/** The day comes before the month in both our languages. */
const languageOfDays = (language: string): string => (language === 'en' ? 'en-GB' : language)

/** How many midnights ago: 0 is today, 1 yesterday. */
export function daysAgo(at_ms: number, now_ms: number): number {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0)
  return Math.round((midnight(now_ms) - midnight(at_ms)) / 86_400_000)
}

/** Whole minutes and the seconds above them, never below zero. */
export function minutesAndSeconds(length_ms: number): {
  readonly minutes: number
  readonly seconds: number
} {
  const all = Math.max(0, Math.ceil(length_ms / 1_000))
  return { minutes: Math.floor(all / 60), seconds: all % 60 }
}
