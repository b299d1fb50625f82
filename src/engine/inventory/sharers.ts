import { answers } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Acr } from '#core/assurance.ts'
import {
  type OnRecord,
  obstacleOnRecord,
  type ShareObstacle,
} from '#core/inventory/share-request.ts'
import type { Account } from '#core/subscribers/account.ts'
import { holdsOf } from '#engine/sessions/rights.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { listVersionedAccounts } from '#store/accounts/accounts.ts'
import {
  type BoundAuthenticator,
  findAuthenticator,
  listHoldings,
} from '#store/devices/authenticators.ts'
import { findTokenOf } from '#store/inventory/hardware-tokens.ts'
import type { SharerAsRead } from '#store/inventory/share-requests.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findIdentity } from '#store/subscribers/identities.ts'

/** A client who holds a device or would, and all that decides whether they may share it. */
export interface Sharer extends SharerAsRead, OnRecord {}

/** The state is read first: what is read after it is as old as it or newer. */
export async function sharerOf(world: World, subscriberId: SubscriberId): Promise<Sharer> {
  const stamp = await findStamp(world.db, subscriberId)
  const identity = await findIdentity(world.db, subscriberId)
  if (!identity) throw new Error('a device is shared with no client')
  const [accounts, holds, holdings] = await Promise.all([
    listVersionedAccounts(world.db, subscriberId),
    holdsOf(world, subscriberId),
    listHoldings(world.db, subscriberId),
  ])
  const left = accounts.filter(({ value }) => !value.status.startsWith('closed'))
  const now = world.now()
  return {
    subscriberId,
    stamp,
    version: identity.version,
    accounts,
    identity: identity.value,
    residence: residenceOf(left.map(({ value }) => value)),
    holds: holdings
      .filter((held) => answers(held, now))
      .map(({ method }) => methodNamed(world, method))
      .filter(({ secondFactor }) => secondFactor)
      .map(({ acr }) => acr),
    isClosed: accounts.length > 0 && left.length === 0,
    isHeld: holds.some(({ forbids }) => forbids.includes('binding')),
  }
}

/** The one that all say which say one, as those with simulated money do not. */
function residenceOf(accounts: readonly Account[]): string | null {
  const told = accounts.flatMap(({ residence }) => residence ?? [])
  const [first = null, ...others] = new Set(told)
  return others.length === 0 ? first : null
}

const strengthOf = (world: World, { value }: Pick<BoundAuthenticator, 'value'>): Acr =>
  methodNamed(world, value.method).acr

/**
 * Whether one of several may hold it: it was delivered with its key, so that there is no second
 * one; its PIN is asked for each response (A32); and it is here.
 */
export async function canBeShared(world: World, id: AuthenticatorId): Promise<boolean> {
  const [bound, token] = await Promise.all([
    findAuthenticator(world.db, id),
    findTokenOf(world.db, id),
  ])
  if (!bound || !token || !methodNamed(world, bound.value.method).stock) return false
  const isHere = token.returningAt === null && token.returnedAt === null
  return isHere && answers(bound.value, world.now())
}

/** The strongest of what a client holds and may share, of two the one last used. */
export async function deviceToShare(
  world: World,
  ownerId: SubscriberId,
): Promise<BoundAuthenticator | null> {
  const holdings = await listHoldings(world.db, ownerId)
  const delivered = holdings.filter(({ method }) => methodNamed(world, method).stock)
  const held = await Promise.all(delivered.map(({ id }) => findAuthenticator(world.db, id)))
  for (const one of held) {
    if (one && (await canBeShared(world, one.value.id))) return one
  }
  return null
}

/** Why these may not share a device; each of them with what it was read of. */
export const obstacleAmong = (
  world: World,
  device: BoundAuthenticator,
  sharers: readonly Sharer[],
): ShareObstacle | null => obstacleOnRecord(strengthOf(world, device), sharers)
