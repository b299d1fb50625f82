import type { SubscriberId } from '#core/ids.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import type { World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { listAccounts } from '#store/accounts/accounts.ts'

/** How wrong answers count. */
export interface Counting {
  /** How many of them in a row the authenticator survives. */
  readonly hardCap: number
  /** Whether those count that its method counts apart (RTS 2018/389, article 4). */
  readonly countsAll: boolean
}

/**
 * How wrong answers count for an authenticator with these holders, whichever of them is asked and
 * at whichever door: by the strictest rules of all of them.
 */
export async function countingFor(
  world: World,
  holders: readonly SubscriberId[],
  { hardCap }: Method,
): Promise<Counting> {
  const accounts = await Promise.all(holders.map((id) => listAccounts(world.db, id)))
  const { jurisdictions } = world.settings
  const caps = accounts.flatMap((held) => rulesFor(jurisdictions, held).rules.failuresMax ?? [])
  return { hardCap: Math.min(hardCap, ...caps), countsAll: caps.length > 0 }
}
