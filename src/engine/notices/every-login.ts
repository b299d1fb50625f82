import { rulesFor, type Rules } from '#core/subscribers/jurisdiction.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'

/** What applies to a client now, by where their accounts belong. */
export async function rulesOf(
  { db, settings: { jurisdictions } }: Pick<World, 'db' | 'settings'>,
  subscriberId: SubscriberId,
): Promise<Rules> {
  return rulesFor(jurisdictions, await listAccounts(db, subscriberId)).rules
}

/** Whether a login that is complete is told to its client, from a known browser too (R131). */
export async function tellsLogins(
  world: Pick<World, 'db' | 'settings'>,
  { state, subscriberId, task }: Login,
): Promise<boolean> {
  if (state !== 'completed' || subscriberId === null || task !== null) return false
  const places = [...world.settings.jurisdictions.profiles.values()]
  if (places.every(({ rules }) => rules.notices !== 'always')) return false
  return (await rulesOf(world, subscriberId)).notices === 'always'
}
