import type { RiskSignal } from '#core/devices/events.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import { after, before, days, hours } from '#core/time/time.ts'

/**
 * A new phone takes the place of another one (R060 to R066).
 *
 *   proven by a device ───────────────▶ it takes its place at once
 *   proven by what can be redirected ──▶ it waits ──nobody objects──▶ it takes its place
 *                                           └──stopped, by the old one or by any strong session
 *
 * While it waits, the old one goes on and can stop it with one tap; every address hears of it.
 *
 * @see security 2.4, "Migration to a new phone"; S73, S74
 */

/** How long a new phone waits that was set up with a text alone. */
const WAIT: Millis = hours(12)
/** The same, where something else is odd as well. */
const WAIT_AT_RISK: Millis = hours(72)

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
