import { FRAGMENT_LENGTH } from '#core/devices/known-pin.ts'

/**
 * How a phone learns whether a PIN is known of its holder, and neither side learns more.
 *
 *   phone   P = point of a piece of the PIN          sends r·P, r random and used once
 *   server  k random and used for one answer         returns k·(r·P), and k·F for each fragment F
 *   phone   k·P = r⁻¹·(k·r·P)                        is it among those of the fragments?
 *
 * The curve is P-256, and of each point only x travels: a point and its mirror have the same.
 *
 * @see Jarecki, Kiayias, Krawczyk, "Round-Optimal Password-Protected Secret Sharing", 2HashDH
 * @see docs/decisions/0075-the-phone-asks-blindly-whether-a-pin-is-known.md
 */

/** A PIN has at most as many pieces; the others are sent twice, so that its length is not told. */
export const POINTS = 3

/** Of each value, in bytes: one in 10^16 is that of another piece by chance. */
export const VALUE_LENGTH_BYTES = 8

/** How often a point is looked for: one x in two is on the curve. */
export const LOOKS_MAX = 128

/** What is hashed to the x of a point, until it is one. */
export const pointText = (piece: string, look: number): string => {
  if (piece.length !== FRAGMENT_LENGTH) throw new RangeError('no fragment')
  return `countersign/pin/v1/point ${look} ${piece}`
}

/** What is hashed, with x after it, to the value that is compared. */
export const VALUE_TEXT = 'countersign/pin/v1/value '
