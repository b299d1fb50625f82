import type { Hash, Mac } from './hash.ts'

/** Between 6 and 8 digits. RFC 4226 calls its hash SHA-1; RFC 6238 allows the other two. */
export type HotpParameters = { readonly hash: Hash; readonly digits: number }

/** How many bytes a counter or a number of time steps takes: unsigned, high-order byte first. */
export const COUNTER_BYTES = 8

/**
 * The longest list of counters that a caller may ask for; far more than a pocket presses by
 * accident.
 */
export const LOOK_AHEAD_MAX = 1_000

const DIGITS_MIN = 6
const DIGITS_MAX = 8

/**
 * The HOTP value of one counter, leading zeros kept. A TOTP value is this with the time step as
 * counter.
 *
 * @throws RangeError for fewer than 6 or more than 8 digits, or a counter that is none.
 * @see RFC 4226, "HOTP: An HMAC-Based One-Time Password Algorithm", section 5.3
 */
export function hotp({ hash, digits }: HotpParameters, counter: number, mac: Mac): string {
  if (!Number.isInteger(digits) || digits < DIGITS_MIN || digits > DIGITS_MAX) {
    throw new RangeError('HOTP has 6 to 8 digits')
  }
  return truncate(mac(hash, hotpMessage(counter)), digits)
}

/**
 * The 8 bytes that HOTP and TOTP put under the MAC. 0 is a counter like any other.
 *
 * @throws RangeError unless the counter is a whole number from 0 to 2^53 - 1.
 * @see RFC 4226, section 5.1
 */
export function hotpMessage(counter: number): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(COUNTER_BYTES)
  writeCounter(message, 0, counter)
  return message
}

/** Writes a counter over the 8 bytes from `at` on. @throws RangeError as `hotpMessage` does. */
export function writeCounter(bytes: Uint8Array, at: number, counter: number): void {
  if (!Number.isSafeInteger(counter) || counter < 0) throw new RangeError('not a counter')
  let rest = counter
  for (let index = at + COUNTER_BYTES - 1; index >= at; index -= 1) {
    bytes[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

/**
 * Dynamic truncation: 31 bits from where the last nibble points, and of those the last `digits`
 * decimal digits, leading zeros kept. With 10 digits the first is never above 2.
 *
 * @throws RangeError for a MAC shorter than SHA-1's 20 bytes, which the last nibble could overrun.
 * @see RFC 4226, section 5.3; RFC 6287, section 5.2
 */
export function truncate(mac: Uint8Array, digits: number): string {
  if (mac.length < 20) throw new RangeError('a MAC has at least 20 bytes')
  const view = new DataView(mac.buffer, mac.byteOffset, mac.byteLength)
  const offset = view.getUint8(mac.length - 1) & 0x0f
  const binary = view.getUint32(offset) & 0x7fffffff
  return String(binary % 10 ** digits).padStart(digits, '0')
}

/**
 * The counters to try, the expected one first: `ahead` more than that, for buttons pressed for
 * nothing. Never one that was used before.
 *
 * @throws RangeError unless `ahead` is a whole number from 0 to 1,000.
 * @see RFC 4226, section 7.4, "Resynchronization of the Counter"
 */
export function acceptedCounters(next: number, ahead: number): readonly number[] {
  if (!Number.isInteger(ahead) || ahead < 0 || ahead > LOOK_AHEAD_MAX) {
    throw new RangeError(`a look-ahead is 0 to ${LOOK_AHEAD_MAX}`)
  }
  return Array.from({ length: ahead + 1 }, (_, index) => next + index)
}
