import type { ShareRequestId, SubscriberId } from '#core/ids.ts'
import type { IdleReason, ShareRequest } from '#core/inventory/share-request.ts'
import type { Instant } from '#core/time/time.ts'
import { findUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { findAuthenticator, listHoldings } from '#store/devices/authenticators.ts'
import { listSharesAsked, listSharesOfOwner } from '#store/inventory/share-requests.ts'

/** Who shares a device, by user name, for the back office. */
export interface SharedDevice {
  readonly label: string
  readonly method: string
  readonly userNames: readonly string[]
}

/** The devices of a client that others hold besides. */
export async function sharedDevicesOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly SharedDevice[]> {
  const holdings = await listHoldings(world.db, subscriberId)
  const live = holdings.filter(({ lifecycle }) => lifecycle !== 'revoked')
  const bound = await Promise.all(live.map(({ id }) => findAuthenticator(world.db, id)))
  const shared = bound.flatMap((one) => (one && one.subscriberIds.length > 1 ? [one] : []))
  return await Promise.all(
    shared.map(async ({ value: { label, method }, subscriberIds }) => {
      const names = await Promise.all(subscriberIds.map((id) => findUserName(world, id)))
      return { label, method, userNames: names.flatMap((name) => name ?? []).toSorted() }
    }),
  )
}

/** A request as the back office sees it: all of it. */
export interface NamedShareRequest {
  readonly id: ShareRequestId
  readonly asker: string
  readonly owner: string | null
  readonly state: ShareRequest['state']
  readonly reason: IdleReason | null
  readonly askedAt: Instant
  readonly expiresAt: Instant
}

/** What a client has asked for and was asked for, the latest first. */
export async function shareRequestsOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly NamedShareRequest[]> {
  const [asked, offered] = await Promise.all([
    listSharesAsked(world.db, subscriberId),
    listSharesOfOwner(world.db, subscriberId),
  ])
  const named = await Promise.all([...asked, ...offered].map(({ value }) => namedOf(world, value)))
  return named.toSorted((one, other) => (one.id < other.id ? 1 : -1))
}

async function namedOf(world: World, request: ShareRequest): Promise<NamedShareRequest> {
  const { id, askerId, state, askedAt, expiresAt } = request
  const ownerId = 'ownerId' in request ? request.ownerId : null
  const [asker, owner] = await Promise.all([
    findUserName(world, askerId),
    ownerId === null ? null : findUserName(world, ownerId),
  ])
  const reason = request.state === 'idle' ? request.why : null
  return { id, asker: asker ?? '', owner, state, reason, askedAt, expiresAt }
}
