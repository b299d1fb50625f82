import {
  type AddressChange,
  addressChangeAsked,
  isSamePlace,
  onOneLine,
} from '#core/contact/address-change.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import {
  commitAddressChange,
  endAddressChange,
  findAddressChange,
} from '#store/contact/address-changes.ts'
import { findStamp } from '#store/security-stamp.ts'

/**
 * A client moves: the new postal address is asked for in the portal, and counts from the commit in
 * which a document that shows it is accepted (`engine/documents/review/decisions.ts`).
 */

type Done = { readonly ok: true } | Refusal

/** A client who holds a phone changes no address with a text, as with a number (S74). */
const POSTAL = { name: 'postal', bindsFrom: '3', isAddress: true } as const

/** Why this session may not ask for another address; `null` when it may. */
export const obstacleToMoving = async (world: World, session: Session): Promise<Problem | null> =>
  await obstacleToBinding(world, session, POSTAL)

/** What the client waits for; `null` for nothing. */
export async function addressChangeOf(
  { db, now }: World,
  subscriberId: SubscriberId,
): Promise<AddressChange | null> {
  return (await findAddressChange(db, subscriberId, now()))?.value ?? null
}

/** Whether an address is on record, and the country in which this client lives, where it is one. */
export async function homeOf(world: World, { subscriberId }: Session): Promise<Home> {
  const current = await currentContact(world, { subscriberId, kind: 'postal' })
  const accounts = await listAccounts(world.db, subscriberId)
  const [country, ...others] = new Set(accounts.flatMap(({ residence }) => residence ?? []))
  return { isOnRecord: current !== null, country: others.length === 0 ? (country ?? null) : null }
}

export interface Home {
  readonly isOnRecord: boolean
  /** Its two letters (ISO 3166-1). */
  readonly country: string | null
}

/** The whole address is confirmed, and shown on one line. */
export const moveTask = (address: string): TaskDetails => ({
  kind: 'move',
  facts: { address: onOneLine(address) },
  about: { address },
})

/** Why this address is not asked for; `null` where it may be. */
export async function obstacleToAddressOf(
  world: World,
  session: Session,
  address: string,
): Promise<Problem | null> {
  const { subscriberId } = session
  const current = await currentContact(world, { subscriberId, kind: 'postal' })
  if (current && current.verifiedAt !== null && isSamePlace(current.value, address))
    return 'contact.same'
  return await obstacleToMoving(world, session)
}

/** Writes down where the client has moved to; to be confirmed before. The last one counts. */
export async function askToMove(world: World, session: Session, address: string): Promise<Done> {
  return await retryStale<Done>('subscriber.conflict', async () => {
    const { subscriberId, id: within } = session
    const now = world.now()
    const stamp = await findStamp(world.db, subscriberId)
    const obstacle = await obstacleToAddressOf(world, session, address)
    if (obstacle) return refusal(obstacle)
    const found = await findAddressChange(world.db, subscriberId, now)
    const value = addressChangeAsked({ subscriberId, address, sessionId: within }, now)
    const done = await commitAddressChange(world.db, {
      now,
      change: { value, version: found?.version ?? null },
      standing: { subscriberId, stamp, within },
      events: [{ kind: 'contact.move-asked', subscriberId, within, contact: 'postal' }],
    })
    return done ? { ok: true } : 'stale'
  })
}

/** The client has not moved after all. Said twice, there is nothing left to take back. */
export async function cancelMove(world: World, session: Session): Promise<Done> {
  return await retryStale<Done>('subscriber.conflict', async () => {
    const { subscriberId, id: within } = session
    const now = world.now()
    const stamp = await findStamp(world.db, subscriberId)
    const found = await findAddressChange(world.db, subscriberId, now)
    if (!found) return { ok: true }
    const done = await endAddressChange(world.db, found, {
      now,
      standing: { subscriberId, stamp, within },
      events: [{ kind: 'contact.move-cancelled', subscriberId, within, contact: 'postal' }],
    })
    return done ? { ok: true } : 'stale'
  })
}
