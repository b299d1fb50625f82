import type { SubscriberId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'

/**
 * The number of the desk that a client is given where no page lists them all, in a mail, a text or
 * a letter: that of the country in which they live, where the desk has one there.
 */
export async function helpLineOf(
  { db, settings: { helpLine, helpLines } }: Pick<World, 'db' | 'settings'>,
  subscriberId: SubscriberId,
): Promise<string> {
  if (Object.keys(helpLines).length === 0) return helpLine
  const accounts = await listAccounts(db, subscriberId)
  const near = accounts.flatMap(({ residence }) => (residence && helpLines[residence]) ?? [])
  return near[0] ?? helpLine
}

/** Whom a client calls whose device was to work by itself, and does not (R115). */
export const technicalLineOf = async (
  world: Pick<World, 'db' | 'settings'>,
  subscriberId: SubscriberId,
): Promise<string> => world.settings.technicalLine ?? (await helpLineOf(world, subscriberId))
