import { timingSafeEqual } from 'node:crypto'
import { typedCode } from '#methods/typed.ts'

/** Six digits that are sent to a client and typed. @see security S22 */
export const CODE_LENGTH = 6

const COUNT = 10 ** CODE_LENGTH
/** What is left over at the top of 32 bits would make low codes more likely. */
const EVEN = Math.floor(2 ** 32 / COUNT) * COUNT
/** One in 6,000 is drawn again. */
const DRAWS_MAX = 64

/** Draws a code, each as likely as any other. */
export function drawCode(random: (length: number) => Uint8Array): string {
  for (let draws = 0; draws < DRAWS_MAX; draws += 1) {
    const drawn = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0)
    if (drawn < EVEN) return String(drawn % COUNT).padStart(CODE_LENGTH, '0')
  }
  throw new Error('chance is none: the same number came up again and again')
}

/** Both are six digits: the time taken tells nothing of where they differ. */
export const isSameCode = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one), Buffer.from(other))

/** Six digits as people type them. */
export const TypedCode = typedCode(/^[0-9]{6}$/)
