import type { Part } from '#cli/demo/clients.ts'
import { FRESH } from '#core/devices/authenticator.ts'
import { newId } from '#core/ids.ts'
import { before, days } from '#core/time/time.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'

/** Long enough ago that another may take its place. */
const AGE = days(21)

/**
 * Phones that were set up weeks ago and that are gone. They come after the numbers: a
 * client who had the phone already would have confirmed with it.
 */
export async function bindOldPhones(world: World, parts: readonly Part[]): Promise<void> {
  for (const { userName, oldPhone } of parts) {
    if (oldPhone === undefined) continue
    const subscriberId = await findSubscriberByName(world, userName)
    if (!subscriberId) throw new Error(`${userName} is not in the demo`)
    const at = before(world.now(), AGE)
    const method = 'phone-key'
    const id = newId('aut', at, world.random)
    const state = methodNamed(world, method).decoy(world.random)
    const authenticator = { ...FRESH, id, method, label: oldPhone, state, createdAt: at }
    const fact = { subscriberId, authenticatorId: id, method, replaced: [] }
    const bound = { kind: 'authenticator.bound', ...fact } as const
    const writes = [
      ...bindingWrites(world.db, authenticator, [subscriberId]),
      ...eventWrites(world.db, [bound], at),
    ]
    if (!(await world.db.commit(writes))) throw new Error(`${userName} has no old phone`)
  }
}
