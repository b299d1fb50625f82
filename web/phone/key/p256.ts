import { p256 } from '@noble/curves/nist.js'

/**
 * What it takes of the curve P-256 to ask blindly about a PIN: WebCrypto takes no secret that was
 * chosen, and gives no point back. Of each point only x is told; either of the two that have it
 * stands for both.
 *
 * @see NIST SP 800-186, section 3.2.1.3, "P-256"
 */
const { Point } = p256

/** How many points there are. */
export const ORDER = Point.Fn.ORDER

/** A number that takes the multiplication by `value` back; `value` is from 1 to `ORDER` - 1. */
export const inverse = (value: bigint): bigint => Point.Fn.inv(value)

/** As SEC 1 has it, section 2.3.3: the point whose y is even. */
const COMPRESSED = Uint8Array.of(2)

/** `null` where no point has this x. */
function pointAt(x: Uint8Array) {
  try {
    return Point.fromBytes(Uint8Array.of(...COMPRESSED, ...x))
  } catch {
    return null
  }
}

/** @param x 32 bytes. */
export const isOnCurve = (x: Uint8Array): boolean => pointAt(x) !== null

/**
 * The x of the point with this x, `times` over; `null` where there is no such point.
 *
 * @param x 32 bytes.
 * @param times from 1 to `ORDER` - 1.
 */
export const multiplied = (x: Uint8Array, times: bigint): Uint8Array<ArrayBuffer> | null => {
  const found = pointAt(x)?.multiply(times).toBytes(true)
  return found ? new Uint8Array(found.subarray(1)) : null
}
