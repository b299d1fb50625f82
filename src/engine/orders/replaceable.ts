import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { LedgerEntry } from '#core/orders/ledger.ts'
import { isOwedAnother, type PlacedOrder, type Replaced } from '#core/orders/order.ts'
import type { SubscriberId } from '#core/ids.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { depositOnEnd, depositWrites } from '#engine/subscribers/deposit.ts'
import { isResting } from '#engine/temporary-access/stand-ins.ts'
import type { World } from '#engine/world.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { draftUsed, listOrders, provenOrderInsert, type StoredDraft } from '#store/orders/orders.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * A client orders another device for one that they cannot use any more (R110, R116). Whether they
 * are entitled to one was asked when they got the first, and is not asked again.
 */

/** The devices of this kind that another may take the place of. */
export async function replaceableOf(
  world: World,
  subscriberId: SubscriberId,
  method: string,
): Promise<readonly Versioned<Authenticator>[]> {
  const held = (await listAuthenticators(world.db, subscriberId)).filter(
    ({ value }) => value.method === method && value.lifecycle !== 'revoked',
  )
  // One that serves others besides would end for all of them (R120).
  const holders = await Promise.all(
    held.map(async ({ value }) => findAuthenticator(world.db, value.id)),
  )
  return held.filter((_, index) => holders[index]?.subscriberIds.length === 1)
}

export async function isOwedOne(world: World, subscriberId: SubscriberId): Promise<boolean> {
  const all = await listOrders(world.db, subscriberId)
  return isOwedAnother(all.map(({ value }) => value))
}

interface Replacing {
  readonly order: PlacedOrder
  readonly replaced: Replaced
  readonly draft: StoredDraft
  readonly entries: readonly LedgerEntry[]
  readonly events: readonly AuditEvent[]
}

/**
 * The order, and the block of what it takes the place of, in one commit. No session vouches for it,
 * and no day accepts it: its client proves that it has come, and then the other ends.
 */
export async function placeReplacing(
  world: World,
  { id: within, subscriberId }: OpenSession,
  { order, replaced: { id, fault }, draft, entries, events }: Replacing,
): Promise<boolean> {
  const found = (await replaceableOf(world, subscriberId, order.method)).find(
    ({ value }) => value.id === id,
  )
  if (!found) return false
  const { value, version } = found
  // One that rests comes back by a word of its holder: this one does not.
  const isNew = value.lifecycle === 'active' || isResting(value)
  const { stamp } = draft
  const by = 'device-stopped' as const
  const devices = await devicesEndedBy(world, {
    by,
    subscriberId,
    actor: 'session',
    within,
    stamp,
    besides: [id],
    isOf: (session) => session !== within,
  })
  const how = fault === 'lost' ? 'lost' : 'unused'
  const deposit = await depositOnEnd(world, { id, subscriberId, how, by: 'holder', within })
  const fact = { subscriberId, authenticatorId: id, within, by: 'holder' } as const
  return await commitAuthenticators(world.db, {
    now: world.now(),
    besides: [draftUsed(world.db, draft), provenOrderInsert(world.db, order)],
    changed: [
      // Also one that is blocked already: brought back at this moment, it would go on working.
      { value: isNew ? { ...value, lifecycle: 'suspended', restsSince: null } : value, version },
      ...devices.changed,
    ],
    deposit: [
      ...depositWrites(world, { ...deposit, entries: [] }),
      ...ledgerWrites(world.db, [...entries, ...deposit.entries]),
    ],
    ended: [{ by, subscriberId, within, stamp }],
    events: [
      ...events,
      ...(isNew ? [{ kind: 'authenticator.suspended', ...fact } as const] : []),
      ...devices.events,
      ...deposit.events,
    ],
  })
}
