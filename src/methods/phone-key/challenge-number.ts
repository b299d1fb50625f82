import { isUnambiguous } from '#oath/ocra.ts'
import type { Purpose } from '#methods/method.ts'
import { phoneSuite } from '#methods/phone-key/suite.ts'

/**
 * The first digit says what the number is for, so that a phone without a connection can say it too, and
 * a number read out by a stranger cannot be passed off as another kind (A8).
 */
const RANGES: Readonly<Record<Purpose, readonly [first: number, count: number]>> = {
  login: [0, 800_000],
  task: [800_000, 100_000],
  desk: [900_000, 100_000],
}

/** One in sixteen is drawn again: so often in a row none is, before the sun burns out. */
const TRIES_MAX = 64

/** Draws a 6-digit number for a purpose, evenly among those that no other number can stand for. */
export function drawNumber(purpose: Purpose, random: (length: number) => Uint8Array): string {
  const [first, count] = RANGES[purpose]
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const drawn = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0)
    // What is left over at the top would make low numbers more likely.
    if (drawn >= Math.floor(2 ** 32 / count) * count) continue
    const number = String(first + (drawn % count)).padStart(6, '0')
    if (isUnambiguous(phoneSuite, number)) return number
  }
  throw new Error('chance is none: the same number came up again and again')
}

/** What a number is for. */
export function purposeOf(number: string): Purpose {
  if (number.startsWith('9')) return 'desk'
  return number.startsWith('8') ? 'task' : 'login'
}
