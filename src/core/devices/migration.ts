import type { RiskSignal } from '#core/devices/events.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import { after, before, days, hours } from '#core/time/time.ts'

/**
 * A new phone takes the place of another one (R060 to R066).
 *
 *   proven by a device ───────────────▶ it takes its place at once
 *   proven by what can be redirected ──▶ it waits ──no objection────▶ it takes its place
 *                                           └──stopped, by the old one or by any strong session
 *
 * While it waits, the old one goes on and can stop it with one tap; every address hears of it.
 *
 * @see security 2.4, "Migration to a new phone"; S73, S74
 */

/** How long a new phone waits that was set up with a text alone. */
export const WAIT: Millis = hours(12)
/** The same, where something else is odd as well. */
export const WAIT_AT_RISK: Millis = hours(72)

export interface Circumstances {
  readonly now: Instant
  /** When an address of any kind was last changed; `null` for never. */
  readonly contactChangedAt: Instant | null
  readonly passwordChangedAt: Instant | null
  /** Wrong answers within `FAILURES_COUNT`; a right one after them does not make them undone. */
  readonly answersRefused: number
}

const CONTACT_IS_NEW = days(30)
const PASSWORD_IS_NEW = hours(24)
/** How long a wrong answer is remembered. */
export const FAILURES_COUNT = hours(24)
const FAILURES_ARE_ODD = 3

export function riskSignals(about: Circumstances): readonly RiskSignal[] {
  const { now, contactChangedAt, passwordChangedAt, answersRefused } = about
  const since = (at: Instant | null, length: Millis) => at !== null && at > before(now, length)
  return [
    ...(since(contactChangedAt, CONTACT_IS_NEW) ? (['contact-changed'] as const) : []),
    ...(since(passwordChangedAt, PASSWORD_IS_NEW) ? (['password-changed'] as const) : []),
    ...(answersRefused >= FAILURES_ARE_ODD ? (['answers-failed'] as const) : []),
  ]
}

export const waitsUntil = (now: Instant, signals: readonly RiskSignal[]): Instant =>
  after(now, signals.length === 0 ? WAIT : WAIT_AT_RISK)

/** What decides whether a session that is too weak to bind may set up a phone that waits. */
export interface Succession {
  readonly now: Instant
  /** Whether it has proven a second factor that still opens everything. */
  readonly isProven: boolean
  /** Whether the rules that apply take what can be redirected for it (S74). */
  readonly isAllowed: boolean
  /** Whether a phone is held whose holder could say no (A12). */
  readonly canObject: boolean
  /** When each phone was set up, whatever has become of it; in any order. */
  readonly setUpAt: readonly Instant[]
}

export interface SuccessionRefused {
  readonly problem: Problem
  /** From when on it is possible, where time is all that is in its way. */
  readonly until?: Instant
}

/** New phones in a row: who has lost one that is so young calls us, as a thief would not. */
const PACES = [
  { problem: 'enrolment.another-phone-today', count: 1, per: days(1) },
  { problem: 'enrolment.three-phones-this-month', count: 3, per: days(30) },
] as const

/** Why no phone may be set up to wait, and until when; `null` when it may. */
export function obstacleToSuccession(about: Succession): SuccessionRefused | null {
  if (!about.isProven) return { problem: 'enrolment.too-weak' }
  if (!about.isAllowed) return { problem: 'enrolment.jurisdiction' }
  if (!about.canObject) return { problem: 'enrolment.no-phone-to-replace' }
  const newestFirst = about.setUpAt.toSorted((one, other) => other - one)
  const waits = PACES.flatMap(({ problem, count, per }) => {
    const oldest = newestFirst[count - 1]
    return oldest === undefined ? [] : [{ problem, until: after(oldest, per) }]
  })
  const open = waits.filter(({ until }) => about.now < until)
  return open.toSorted((one, other) => other.until - one.until)[0] ?? null
}
