import { days, hours, type Millis, minutes, seconds } from '#core/time/time.ts'

/** A figure that a client is told, without the words of a language. */
export type Figure =
  | { readonly unit: Unit; readonly count: number }
  | { readonly count: number }
  | { readonly usd: number | null }
  | { readonly bytes: number }
  | {
      readonly byCountry: {
        readonly days: Readonly<Record<string, number>>
        readonly elsewhere: number
      }
    }

type Unit = 'day' | 'hour' | 'minute' | 'second'

const LENGTHS: Readonly<Record<Unit, Millis>> = {
  day: days(1),
  hour: hours(1),
  minute: minutes(1),
  second: seconds(1),
}

export const lasting = (length: number, unit: Unit): Figure => ({
  unit,
  count: length / LENGTHS[unit],
})
export const count = (value: number): Figure => ({ count: value })
