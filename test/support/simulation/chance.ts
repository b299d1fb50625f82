import { createHash } from 'node:crypto'
import type { Random } from '#core/ids.ts'

/** Chance that is the same for the same seed: no draw of it comes from the machine. */
export interface Chance {
  /** At least 0, below `n`. */
  below(n: number): number
  /** Whether what happens in so many of a hundred cases happens now. */
  percent(n: number): boolean
  pick<T>(of: readonly [T, ...T[]]): T
  readonly bytes: Random
}

/**
 * One stream of a seed. Each part of a run draws from its own, so that what one of them draws more
 * often does not change what the others draw.
 */
export function chanceOf(seed: number, stream: string): Chance {
  const draw = sfc32(createHash('sha256').update(`${seed} ${stream}`).digest())
  const below = (n: number): number => Math.floor((draw() / 2 ** 32) * n)
  return {
    below,
    percent: (n) => below(100) < n,
    pick: (of) => of[below(of.length)] ?? of[0],
    bytes: (length) => {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at += 4) {
        const word = draw()
        for (let byte = 0; byte < 4 && at + byte < length; byte += 1)
          bytes[at + byte] = (word >>> (8 * byte)) & 0xff
      }
      return bytes
    },
  }
}

/** @see Chris Doty-Humphrey, PractRand: "sfc32", 128 bits of state. */
function sfc32(from: Buffer): () => number {
  let [a, b, c, count] = [0, 4, 8, 12].map((at) => from.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ]
  return () => {
    const sum = (((a + b) | 0) + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
