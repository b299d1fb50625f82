import { randomBytes } from 'node:crypto'
import type { Random } from '#core/ids.ts'

/** A request draws a dozen times, a few bytes each. */
const POOL_BYTES = 4_096

/**
 * The system's randomness, drawn in larger pieces: asking for twelve bytes costs as much as for
 * thousands.
 *
 * Every byte is handed out once, as a copy, and wiped here: a secret stands nowhere but where it is
 * used.
 */
export function systemRandom(draw: (length: number) => Buffer = randomBytes): Random {
  let pool: Buffer = Buffer.alloc(0)
  return (length) => {
    if (length > POOL_BYTES) return draw(length)
    if (pool.length < length) pool = draw(POOL_BYTES)
    const drawn = Uint8Array.from(pool.subarray(0, length))
    pool.fill(0, 0, length)
    pool = pool.subarray(length)
    return drawn
  }
}
