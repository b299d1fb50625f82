/**
 * Just enough of the curve P-256 to ask blindly about a PIN: WebCrypto takes no secret that was
 * chosen, and gives no point back. Its time depends on the numbers, which are used once, on the
 * phone of their holder.
 *
 * @see NIST SP 800-186, section 3.2.1.3, "P-256"
 */

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
/** How many points there are. */
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** In Jacobian coordinates: x/z², y/z³; z is 0 for the point at infinity. */
interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by

function power(base: bigint, exponent: bigint, by: bigint): bigint {
  let [result, square] = [1n, mod(base, by)]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % by
    square = (square * square) % by
  }
  return result
}

/** By a prime. */
export const inverse = (value: bigint, by: bigint): bigint => power(value, by - 2n, by)

/** The y of a point with this x, either of the two; `null` where there is none. */
function liftedY(x: bigint): bigint | null {
  if (x >= P) return null
  const square = mod(x * x * x - 3n * x + B, P)
  const y = power(square, (P + 1n) / 4n, P)
  return (y * y) % P === square ? y : null
}

export const isOnCurve = (x: bigint): boolean => liftedY(x) !== null

/**
 * The x of the point with this x, `times` over; `null` where there is no such point.
 *
 * @param times from 1 to `ORDER` - 1.
 */
export function multiplied(x: bigint, times: bigint): bigint | null {
  const y = liftedY(x)
  if (y === null) return null
  const base = { x, y, z: 1n }
  let sum: Point = { x: 1n, y: 1n, z: 0n }
  for (const bit of times.toString(2)) {
    sum = doubled(sum)
    if (bit === '1') sum = added(sum, base)
  }
  if (sum.z === 0n) return null
  const z = inverse(sum.z, P)
  return mod(sum.x * z * z, P)
}

/** @see "dbl-2001-b" of the Explicit-Formulas Database, for a = -3 */
function doubled({ x, y, z }: Point): Point {
  const delta = (z * z) % P
  const gamma = (y * y) % P
  const beta = (x * gamma) % P
  const alpha = (3n * (x - delta) * (x + delta)) % P
  const x3 = mod(alpha * alpha - 8n * beta, P)
  return {
    x: x3,
    y: mod(alpha * (4n * beta - x3) - 8n * gamma * gamma, P),
    z: mod((y + z) ** 2n - gamma - delta, P),
  }
}

/** @see "add-2007-bl" of the Explicit-Formulas Database */
function added(one: Point, other: Point): Point {
  if (one.z === 0n) return other
  const [z1, z2] = [(one.z * one.z) % P, (other.z * other.z) % P]
  const [u1, u2] = [(one.x * z2) % P, (other.x * z1) % P]
  const [s1, s2] = [(one.y * other.z * z2) % P, (other.y * one.z * z1) % P]
  const h = mod(u2 - u1, P)
  if (h === 0n) return s1 === s2 ? doubled(one) : { x: 1n, y: 1n, z: 0n }
  const i = (4n * h * h) % P
  const j = (h * i) % P
  const r = 2n * (s2 - s1)
  const v = (u1 * i) % P
  const x = mod(r * r - j - 2n * v, P)
  return {
    x,
    y: mod(r * (v - x) - 2n * s1 * j, P),
    z: mod(((one.z + other.z) ** 2n - z1 - z2) * h, P),
  }
}
