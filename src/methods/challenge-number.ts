import { isUnambiguous, type Suite } from '#oath/ocra.ts'
import type { Purpose } from '#methods/method.ts'

/**
 * The first digit says what the number is for, so that a device without a connection can say it
 * too, and a number read out by a stranger cannot be passed off as another kind (A8). In tenths of
 * all numbers.
 */
const RANGES: Readonly<Record<Purpose, readonly [first: number, count: number]>> = {
  login: [0, 8],
  task: [8, 1],
  desk: [9, 1],
}

/** One in sixteen is drawn again. So many in a row never happen in practice. */
const TRIES_MAX = 64

export interface Drawing {
  readonly purpose: Purpose
  readonly random: (length: number) => Uint8Array
  /** The second digit, where it says what the answer opens. */
  readonly about?: number
}

/**
 * Draws a number as long as the suite's question, evenly among those that no other number can stand
 * for.
 */
export function drawNumber(suite: Suite, { purpose, random, about }: Drawing): string {
  const { length } = suite.question
  const tenth = 10 ** (length - 1)
  const [digit, digits] = RANGES[purpose]
  const first = digit * tenth + (about ?? 0) * (tenth / 10)
  const count = about === undefined ? digits * tenth : tenth / 10
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const drawn = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0)
    // A remainder at the top would make low numbers more likely.
    if (drawn >= Math.floor(2 ** 32 / count) * count) continue
    const number = String(first + (drawn % count)).padStart(length, '0')
    if (isUnambiguous(suite, number)) return number
  }
  throw new Error('chance is none: the same number came up again and again')
}

/** What a number is for; its second digit is that of `about`, where it was drawn with one. */
export function purposeOf(number: string): Purpose {
  if (number.startsWith('9')) return 'desk'
  return number.startsWith('8') ? 'task' : 'login'
}
