import { type OngoingCall, ongoingCallOf } from '#core/desk/call.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { findCallWith } from '#store/desk/calls.ts'

/** Who of us talks to this client now; `null` where none of us does. */
export async function ongoingCall(
  { db, now }: Pick<World, 'db' | 'now'>,
  subscriberId: SubscriberId,
): Promise<OngoingCall | null> {
  const found = await findCallWith(db, subscriberId, now())
  return found && ongoingCallOf(found.case, found.member)
}

/**
 * The same for the holder of a phone; `undefined` where it cannot be told. One that waits, or was
 * reported lost, may be a thief's, and of several holders it does not say which of them it talks
 * to.
 */
export async function ongoingCallOn(
  world: Pick<World, 'db' | 'now'>,
  {
    authenticator,
    subscriberIds,
  }: {
    readonly authenticator: Pick<Authenticator, 'lifecycle' | 'expiresAt' | 'pendingUntil'>
    readonly subscriberIds: readonly SubscriberId[]
  },
): Promise<OngoingCall | null | undefined> {
  const [holder, ...others] = subscriberIds
  const isTheirs = answers(authenticator, world.now()) && authenticator.pendingUntil === null
  if (!isTheirs || holder === undefined || others.length > 0) return undefined
  return await ongoingCall(world, holder)
}
