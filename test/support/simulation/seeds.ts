import assert from 'node:assert/strict'
import type { Bug } from './bugs.ts'
import { type Ground, openGround } from './ground.ts'
import { type Outcome, ran } from './run.ts'
import type { Seen } from './watch.ts'

/** Seeds in a row: a test, and the command that replays one. */

/** The line that plays a seed again, on any machine. */
export const replayOf = (seed: number, bug: Bug | null = null): string =>
  `npm run simulate -- --seed ${seed}${bug ? ` --bug ${bug.breaks}` : ''}`

export async function onGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await openGround()
  try {
    return await work(ground)
  } finally {
    await ground.close()
  }
}

export interface Seeds {
  readonly from: number
  readonly count: number
  readonly steps?: number
}

/** Plays them all. @throws AssertionError with the line that replays the first that fails. */
export async function playedAll(ground: Ground, seeds: Seeds): Promise<Seen> {
  const { from, count, ...running } = seeds
  const sums: Partial<Record<keyof Seen, number>> = {}
  for (let seed = from; seed < from + count; seed += 1) {
    const { broken, seen } = await ran(ground, seed, running)
    if (broken) assert.fail(`${replayOf(seed)}\n${broken.message}`)
    for (const [what, times] of Object.entries(seen) as [keyof Seen, number][])
      sums[what] = (sums[what] ?? 0) + times
  }
  return sums as Seen
}

/** The first seed that finds a bug that was planted; `null` where none of them does. */
export async function firstThatFinds(
  ground: Ground,
  bug: Bug,
  { from, count }: Seeds,
): Promise<Outcome | null> {
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await ran(ground, seed, { bug })
    if (outcome.broken?.invariant === bug.breaks) return outcome
  }
  return null
}
