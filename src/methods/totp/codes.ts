import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Instant } from '#core/time/time.ts'
import { HASHES, type Hash } from '#oath/hash.ts'
import { hotp } from '#oath/hotp.ts'
import { acceptedSteps, timeStep, TOTP_DEFAULT } from '#oath/totp.ts'

/**
 * Steps each side of the server's clock in which a code is right: what a phone's clock may be off.
 */
const WINDOW = 1

/** The code of a time step. */
export function codeAt(step: number, key: string): string {
  const secret = createSecretKey(Buffer.from(key, 'base64url'))
  const mac = (hash: Hash, message: Uint8Array) =>
    createHmac(HASHES[hash].node, secret).update(message).digest()
  return hotp(TOTP_DEFAULT, step, mac)
}

/** The latest step whose code is accepted at this moment. */
export const latestStepAt = (now: Instant): number => timeStep(TOTP_DEFAULT, now) + WINDOW

export interface Typed {
  readonly key: string
  readonly code: string
  readonly now: Instant
}

/**
 * The steps around now whose code this is, as a rule one. All are computed and compared, whichever
 * is right, so that the time it takes tells nothing.
 *
 * @see RFC 6238, section 5.2, "Validation and Time-Step Size"
 */
export const stepsOf = ({ key, code, now }: Typed): readonly number[] =>
  acceptedSteps(TOTP_DEFAULT, now, WINDOW).filter((step) =>
    timingSafeEqual(Buffer.from(codeAt(step, key)), Buffer.from(code)),
  )
