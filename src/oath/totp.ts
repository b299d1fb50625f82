import { type Instant, type Millis, seconds } from '#core/time/time.ts'
import type { Mac } from './hash.ts'
import { type HotpParameters, hotp } from './hotp.ts'

/** What counts in time steps: TOTP always, an OCRA suite when it has a T. */
export type Stepped = { readonly step: Millis | null }

export type TotpParameters = HotpParameters & { readonly step: Millis }

/** What every authenticator app understands. @see RFC 6238, section 5.2, for the 30 seconds */
export const TOTP_DEFAULT: TotpParameters = { hash: 'SHA1', digits: 6, step: seconds(30) }

/** The widest window, in steps each side: ten steps of 30 seconds are five minutes of drift. */
export const WINDOW_MAX = 10

/**
 * The TOTP value at an instant, leading zeros kept.
 *
 * @see RFC 6238, "TOTP: Time-Based One-Time Password Algorithm", section 4
 */
export function totp(parameters: TotpParameters, now: Instant, mac: Mac): string {
  return hotp(parameters, timeStep(parameters, now), mac)
}

/**
 * How many whole steps have passed since 1970-01-01T00:00:00Z: T of TOTP and of OCRA.
 *
 * @throws TypeError for a suite without T.
 * @see RFC 6238, section 4.2 (T0 = 0); RFC 6287, section 5.1
 */
export function timeStep({ step }: Stepped, now: Instant): number {
  if (step === null) throw new TypeError('the suite has no T')
  return Math.floor(now / step)
}

/**
 * The steps to try, most likely first: the current one, then one earlier and one later, up to
 * `window` each side. `now` is the verifier's clock, never the claimant's.
 *
 * @returns 2 x `window` + 1 steps, without those before the epoch.
 * @throws RangeError unless `window` is a whole number from 0 to 10; TypeError for a suite without
 *   T.
 * @see RFC 6238, section 5.2, "Validation and Time-Step Size"
 */
export function acceptedSteps(
  parameters: Stepped,
  now: Instant,
  window: number,
): readonly number[] {
  if (!Number.isInteger(window) || window < 0 || window > WINDOW_MAX) {
    throw new RangeError(`a window is 0 to ${WINDOW_MAX} steps`)
  }
  const current = timeStep(parameters, now)
  const drifts = Array.from({ length: window }, (_, index) => [-index - 1, index + 1]).flat()
  return [0, ...drifts].map((drift) => current + drift).filter((step) => step >= 0)
}
