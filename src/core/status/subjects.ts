import type { Condition } from '#core/status/lateness.ts'
import { type Instant, instant, hours, type Millis, millis, seconds } from '#core/time/time.ts'

/** What the status page speaks of, in this order. */
export const SUBJECTS = ['login', 'push', 'sms', 'voice', 'email', 'documents', 'database'] as const
export type Subject = (typeof SUBJECTS)[number]

/** Those that carry logins to clients, by the name of their channel. */
export const WAYS = ['push', 'sms', 'voice', 'email'] as const
export type Way = (typeof WAYS)[number]

export const isSubject = (name: string): name is Subject =>
  SUBJECTS.some((subject) => subject === name)

/** One of them now, as a whole or at one place. */
export interface Standing {
  readonly subject: Subject
  readonly place: string
  readonly condition: Condition
  readonly since: Instant
}

/** How often one of the nodes looks. */
export const LOOK_EVERY = seconds(10)
/** Longer than this no node has looked: none ran, or the database took no writes. */
export const AWAY_AFTER = seconds(45)
/** How long what was seen is kept, and shown. */
export const SHOWN_DAYS = 7

/** A piece of time within one hour. */
export interface Piece {
  readonly hour: Instant
  readonly length: Millis
}

const HOUR = hours(1)
/** A gap that is longer is told by what it was in its last days. */
const PIECES_MAX = (SHOWN_DAYS + 1) * 24

/** The time between two instants, hour by hour; the latest ones where there are too many. */
export function hourly(from: Instant, to: Instant): readonly Piece[] {
  const earliest = Math.floor(to / HOUR) * HOUR - (PIECES_MAX - 1) * HOUR
  const pieces: Piece[] = []
  for (let at = Math.max(from, earliest); at < to; ) {
    const hour = Math.floor(at / HOUR) * HOUR
    const end = Math.min(hour + HOUR, to)
    pieces.push({ hour: instant(hour), length: millis(end - at) })
    at = end
  }
  return pieces
}

/** What was seen of a subject at a place in an hour. */
export interface HourSeen {
  readonly subject: Subject
  readonly place: string
  readonly hour: Instant
  readonly lateMs: number
}

export interface Disturbance {
  readonly place: string
  /** The first hour of the day in which it was. */
  readonly day: Instant
  readonly minutes: number
}

const MINUTE_MS = 60_000

/**
 * The days on which a subject was disturbed, the latest first; less than a minute is not told.
 *
 * @param dayOf what two hours of one day have in common, by the clock of the brokerage.
 */
export function disturbances(
  hoursSeen: readonly HourSeen[],
  dayOf: (at: Instant) => string,
): readonly Disturbance[] {
  // Of a bad week there are thousands, at the same few hours, and a day is dear to name.
  const named = new Map<Instant, string>()
  for (const { hour } of hoursSeen) if (!named.has(hour)) named.set(hour, dayOf(hour))
  const days = Map.groupBy(hoursSeen, ({ place, hour }) => `${place} ${named.get(hour)}`)
  return [...days.values()]
    .flatMap((all) => {
      const [first] = all
      const minutes = Math.round(all.reduce((sum, { lateMs }) => sum + lateMs, 0) / MINUTE_MS)
      const day = instant(Math.min(...all.map(({ hour }) => hour)))
      return first && minutes > 0 ? [{ place: first.place, day, minutes }] : []
    })
    .toSorted((one, other) => other.day - one.day || one.place.localeCompare(other.place))
}
