/** Numbers that a seed decides, so that a picture is the same at every run. */
export interface Chance {
  /** From the first to the second. */
  between(least: number, most: number): number
  pick<T>(all: readonly T[]): T
  isIt(likely: number): boolean
}

/** @see Marsaglia 2003, "Xorshift RNGs"; the mixing is that of MurmurHash 3 */
export function chanceOf(seed: number): Chance {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (least, most) => least + next() * (most - least),
    pick: (all) => {
      const chosen = all[Math.floor(next() * all.length)]
      if (chosen === undefined) throw new Error('there is nothing to choose from')
      return chosen
    },
    isIt: (likely) => next() < likely,
  }
}
