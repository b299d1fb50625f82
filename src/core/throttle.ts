import type { Instant, Millis } from '#core/time.ts'
import { after, seconds } from '#core/time.ts'

/**
 * How often somebody may guess a password, counted per user name, and apart for each browser that this
 * subscriber has used before, so that a stranger who exhausts the budget of the name does not lock out
 * its owner (A28).
 *
 * An attempt is *reserved* before the hash is computed: fifty guesses sent at once find a count that has
 * already risen, and a crash between reserving and judging cannot lower it (A4).
 */
export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: Instant | null
}

export const NO_FAILURES: Throttle = { failures: 0, lastFailedAt: null }

/** Who is guessing: strangers share one budget a name, a recognised browser has its own. */
export interface Budget {
  /** Consecutive failures after which nothing is evaluated any more (S1: at most 100). */
  readonly hardCap: number
  /** The wait before the next attempt, by failures so far; the last entry goes on. */
  readonly backoff: readonly Millis[]
}

const BACKOFF = [0, 0, 0, 1, 2, 4, 8, 16, 32, 60].map(seconds)

/** Security limits, section 2.2: `password.perAccountHard` and `password.deviceCookieOwnBudget`. */
export const STRANGERS: Budget = { hardCap: 50, backoff: BACKOFF }
export const RECOGNISED: Budget = { hardCap: 10, backoff: BACKOFF }

export type Reservation =
  | { readonly ok: true; readonly throttle: Throttle }
  | { readonly ok: false; readonly problem: 'login.wait'; readonly until: Instant }
  | { readonly ok: false; readonly problem: 'login.locked' }

/** Takes one attempt out of the budget before it is evaluated, or says when the next may be made. */
export function reserved(throttle: Throttle, budget: Budget, now: Instant): Reservation {
  if (throttle.failures >= budget.hardCap) return { ok: false, problem: 'login.locked' }
  const last = budget.backoff.length - 1
  const wait = budget.backoff[Math.min(throttle.failures, last)] ?? seconds(0)
  const until = throttle.lastFailedAt === null ? now : after(throttle.lastFailedAt, wait)
  if (now < until) return { ok: false, problem: 'login.wait', until }
  return { ok: true, throttle: { failures: throttle.failures + 1, lastFailedAt: now } }
}
