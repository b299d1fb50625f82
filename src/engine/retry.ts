import type { Problem, Refusal } from '#core/problems.ts'
import { refusal } from '#engine/world.ts'

/** How often a step is tried before its caller hears that others were always faster. */
const TRIES = 3

/**
 * Runs a step that reads, decides and writes, and runs it again from the current state for as long
 * as it says `stale`: then another request wrote what it had read, and it has written nothing.
 *
 * @param crowded what is said when it was never first.
 */
export async function retryStale<T>(
  crowded: Problem,
  step: () => Promise<T | 'stale'>,
  tries = TRIES,
): Promise<T | Refusal> {
  for (let tried = 0; tried < tries; tried += 1) {
    const done = await step()
    if (done !== 'stale') return done
  }
  return refusal(crowded)
}
