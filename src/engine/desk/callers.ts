import type { MemberId } from '#core/ids.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { listOpenCasesBy } from '#store/desk/cases.ts'

/**
 * Every client with whom this agent has an open case looks again: the agent talks to one of them,
 * and to the others no more.
 */
export async function tellCallers(world: World, id: MemberId): Promise<void> {
  const open = await listOpenCasesBy(world.db, id)
  for (const { value } of open) world.wakeUps.publish(topicOfClient(value.subscriberId))
}
