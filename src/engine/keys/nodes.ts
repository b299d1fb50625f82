import { known, type ManagedKey, NODE_GONE_AFTER } from '#core/keys/key.ts'
import { before } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { type KeyNode, listNodes } from '#store/keys/keys.ts'

/** The nodes that were seen lately. */
export const nodesSeen = async (world: World): Promise<readonly KeyNode[]> =>
  await listNodes(world.db, before(world.now(), NODE_GONE_AFTER))

/** The nodes that do not know this key in this state. */
export const nodesWithout = async (world: World, key: ManagedKey): Promise<readonly KeyNode[]> =>
  await nodesNotSaying(world, known(key))

/** The nodes that do not say this of themselves. */
export async function nodesNotSaying(world: World, what: string): Promise<readonly KeyNode[]> {
  const nodes = await nodesSeen(world)
  return nodes.filter(({ knows }) => !knows.includes(what))
}
