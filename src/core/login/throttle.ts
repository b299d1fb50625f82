import type { Instant, Millis } from '#core/time/time.ts'
import { after, hours, minutes, seconds } from '#core/time/time.ts'

/**
 * How often a password or a code of the desk may be guessed, counted per user name, and apart for
 * each browser that this subscriber has used before, so that a stranger who exhausts the budget of
 * the name does not lock out its owner (A28).
 *
 * An attempt is *reserved* before the hash is computed: fifty guesses sent at once find a count
 * that has already risen, and a crash between reserving and judging cannot lower it (A4).
 */
export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: Instant | null
}

export const NO_FAILURES: Throttle = { failures: 0, lastFailedAt: null }

/** Who is guessing: strangers share one budget for each name, a recognised browser has its own. */
export interface Budget {
  /** Consecutive failures after which nothing is evaluated any more (S1: at most 100). */
  readonly hardCap: number
  /** The wait before the next attempt, by failures so far; the last entry goes on. */
  readonly backoff: readonly Millis[]
  /** Failures are forgotten when so long has passed without another one; without it they stay. */
  readonly forgottenAfter?: Millis
}

const BACKOFF = [0, 0, 0, 1, 2, 4, 8, 16, 32, 60].map(seconds)

/** Security limits, section 2.2: `password.perAccountHard` and `password.deviceCookieOwnBudget`. */
export const STRANGERS: Budget = { hardCap: 50, backoff: BACKOFF }
export const RECOGNISED: Budget = { hardCap: 10, backoff: BACKOFF }

/**
 * Strangers' guesses at a code of 40 bits that a client is about to type, counted per user name.
 * Nothing makes such a code worthless before its time, or a stranger could use it up: the waits
 * grow instead, so that all strangers together make so many guesses in its life, from however many
 * addresses.
 *
 *   activation code, 10 minutes   99 guesses   9.0e-11 that one of them is right
 *   code of a reset, 1 hour       87 guesses   7.9e-11
 *
 * That is within the 100 of S1. Eleven cost no wait, and one network may make ten
 * (`engine/rate-limits.ts`): so the owner of a code has to wait only while several networks guess
 * at once.
 */
const CODE_FREE = Array<number>(11).fill(0)
export const ACTIVATION_CODES: Budget = {
  hardCap: Number.POSITIVE_INFINITY,
  backoff: [...CODE_FREE, 1, 2, 3, 4, 5, 6, 7].map(seconds),
  forgottenAfter: minutes(10),
}
export const RESET_CODES: Budget = {
  hardCap: Number.POSITIVE_INFINITY,
  backoff: [...CODE_FREE, 1, 2, 4, 8, 16, 32, 50].map(seconds),
  forgottenAfter: hours(1),
}
/**
 * The same codes from a place that their owner uses: without a wait, in a budget that strangers
 * cannot use up.
 */
export const OWN_CODES: Budget = { hardCap: 20, backoff: [seconds(0)] }

export type Reservation =
  | { readonly ok: true; readonly throttle: Throttle }
  | { readonly ok: false; readonly problem: 'login.wait'; readonly until: Instant }
  | { readonly ok: false; readonly problem: 'login.locked' }

/**
 * Takes one attempt out of the budget before it is evaluated, or says when the next may be made.
 */
export function reserved(counted: Throttle, budget: Budget, now: Instant): Reservation {
  const throttle = isForgotten(counted, budget, now) ? NO_FAILURES : counted
  if (throttle.failures >= budget.hardCap) return { ok: false, problem: 'login.locked' }
  const last = budget.backoff.length - 1
  const wait = budget.backoff[Math.min(throttle.failures, last)] ?? seconds(0)
  const until = throttle.lastFailedAt === null ? now : after(throttle.lastFailedAt, wait)
  if (now < until) return { ok: false, problem: 'login.wait', until }
  return { ok: true, throttle: { failures: throttle.failures + 1, lastFailedAt: now } }
}

const isForgotten = ({ lastFailedAt }: Throttle, { forgottenAfter }: Budget, now: Instant) =>
  lastFailedAt !== null &&
  forgottenAfter !== undefined &&
  now >= after(lastFailedAt, forgottenAfter)
