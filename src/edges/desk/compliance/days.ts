import { z } from 'zod'
import { after, before, days, type Instant, instant } from '#core/time/time.ts'

/** A time in days as they are typed: `2026-11-29`, of UTC, the last one whole. */

const Day = z.iso.date()

/** Without either it is the last thirty days. */
export const Days = z.object({ from: Day.optional(), until: Day.optional() })
export type TypedDays = z.infer<typeof Days>

const USUAL = days(30)

/** Both of them. */
export type DayNames = Readonly<Record<'from' | 'until', string>>

export interface Within {
  readonly from: Instant
  readonly until: Instant
}

export function withinOf({ from, until }: TypedDays, now: Instant): Within {
  const end = until === undefined ? startOf(now) : instant(Date.parse(until))
  const start = from === undefined ? before(end, USUAL) : instant(Date.parse(from))
  return { from: start, until: after(end, days(1)) }
}

const startOf = (now: Instant): Instant => instant(Date.parse(dayOf(now)))

const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10)

/** As they are typed again, or stand in an address. */
export const daysOf = ({ from, until }: Within): DayNames => ({
  from: dayOf(from),
  until: dayOf(before(until, days(1))),
})
