import { after, seconds } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { readClockMark } from '#store/server/clock.ts'

/**
 * Nodes write their time each second. If no such write has arrived for this long, the database
 * takes no writes.
 */
export const WRITTEN_WITHIN = seconds(5)

/**
 * Whether this node can serve: its database answers and takes what is written, and its clock is not
 * behind what was written. A full disk still answers every question, so it is told by the mark that
 * stands still: a probe costs one read, and nothing is written for its sake.
 */
export async function isHealthy(world: World): Promise<boolean> {
  try {
    const now = world.now()
    const mark = await readClockMark(world.db)
    return mark !== null && now <= after(mark, WRITTEN_WITHIN)
  } catch {
    return false
  }
}
