import { SIGNED_BEFORE_MAX } from '#methods/phone-key/signing.ts'

/**
 * The clock of the phone may be wrong; that of the server counts. Each answer of the server tells
 * the difference, which is kept for flight mode.
 */
export interface Clock {
  /** Server minus phone. */
  readonly offset_ms: number
  /** `time` of the last request that was signed; the next one must be later. */
  readonly signed_ms: number
  /** `time` of the newest list that was believed: an older one is a replay. */
  readonly listed_ms: number
  /**
   * Times that were signed, the latest last: what the server may have heard of last is among them.
   */
  readonly before_ms: readonly number[]
}

export const NEW_CLOCK: Clock = { offset_ms: 0, signed_ms: 0, listed_ms: 0, before_ms: [] }

/** Below this, network and rounding explain the difference as well. */
const NOISE_MS = 1_000

export const serverTime = (clock: Clock, phone_ms: number): number =>
  Math.round(phone_ms + clock.offset_ms)

/** The time of the next request: now, or one millisecond after the last. */
export const signingTime = (clock: Clock, phone_ms: number): number =>
  Math.max(serverTime(clock, phone_ms), clock.signed_ms + 1)

/** The clock after a request was signed at this time. */
export const signed = (clock: Clock, time_ms: number): Clock => ({
  ...clock,
  signed_ms: time_ms,
  before_ms: [...clock.before_ms, time_ms].slice(-SIGNED_BEFORE_MAX),
})

/**
 * The server has answered: of what was signed before, a few are enough, should it forget the
 * latest.
 */
export const answered = (clock: Clock): Clock =>
  clock.before_ms.length <= KEPT ? clock : { ...clock, before_ms: clock.before_ms.slice(-KEPT) }

const KEPT = 16

/** What the server said it was, at the middle of the journey there and back. */
export function corrected(
  clock: Clock,
  heard: { server_ms: number; sent_ms: number; heard_ms: number },
): Clock {
  const offset_ms = heard.server_ms - (heard.sent_ms + heard.heard_ms) / 2
  return Math.abs(offset_ms - clock.offset_ms) < NOISE_MS ? clock : { ...clock, offset_ms }
}

/** A `Date` header names a second. @see RFC 9110, section 6.6.1 */
const DATE_STEP_MS = 1_000

/**
 * After the server refused a time: believe the clock of its `Date` header, and forget what was
 * signed under the wrong one, or a phone whose clock once stood in the future would stay mute until
 * then. The next second is later than all that was signed in this one; what is not later is taken
 * for a replay.
 */
export const reset = (clock: Clock, heard: { server_ms: number; heard_ms: number }): Clock => ({
  ...clock,
  offset_ms: heard.server_ms + DATE_STEP_MS - heard.heard_ms,
  signed_ms: 0,
})
