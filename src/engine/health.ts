import type { World } from '#engine/world.ts'
import { readClockMark } from '#store/clock.ts'

/** Whether this node can serve: its database answers, and its clock is not behind what was written. */
export async function isHealthy(world: World): Promise<boolean> {
  try {
    world.now()
    await readClockMark(world.db)
    return true
  } catch {
    return false
  }
}
