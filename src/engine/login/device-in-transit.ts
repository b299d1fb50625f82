import type { SubscriberId } from '#core/ids.ts'
import { isTravelling } from '#core/orders/order.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { findOpenOrder } from '#store/orders/orders.ts'

/**
 * Why a client who waits for a device cannot log in, and until when (R163); `null` where none is on
 * its way.
 */
export async function deviceInTransit(
  world: World,
  subscriberId: SubscriberId,
): Promise<{
  readonly problem: Extract<Problem, 'login.in-the-post'>
  readonly since: Instant
  readonly until: Instant
} | null> {
  const found = await findOpenOrder(world.db, subscriberId)
  if (!found || !isTravelling(found.value)) return null
  const { sentAt: since, expectedAt: until } = found.value
  return { problem: 'login.in-the-post', since, until }
}
