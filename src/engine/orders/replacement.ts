import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, newId, type SubscriberId } from '#core/ids.ts'
import { held as heldBack } from '#core/orders/deposit.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import { type PlacedOrder, reserveFor } from '#core/orders/order.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { type Account, realAccounts } from '#core/subscribers/account.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { type Alongside, blockDevice } from '#engine/devices/block.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Ordering } from '#methods/stock.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findTokenOf } from '#store/inventory/hardware-tokens.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { findOpenOrder, findOrder, provenOrderInsert } from '#store/orders/orders.ts'
import { findStamp } from '#store/security-stamp.ts'

interface Replacing {
  readonly subscriberId: SubscriberId
  /** What is lost. */
  readonly id: AuthenticatorId
  readonly by: AgentId
  readonly onCase: OnCase
}

type Replaced = { readonly ok: true } | Refusal

/**
 * The desk orders another device for a client whose own is lost or broken (R110). The lost one is
 * blocked in the same commit, and ends when the other is proven. Whether its client is entitled to
 * one was asked when they got the first. It goes to the address on record and to no other, and no
 * day accepts it: its client proves that it has come.
 */
export async function replaceDevice(world: World, replacing: Replacing): Promise<Replaced> {
  const { subscriberId } = replacing
  return await retryStale<Replaced>('desk.conflict', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const lost = await findLost(world, replacing)
    if ('problem' in lost) return lost
    const also = await orderFor(world, { ...replacing, ...lost })
    if ('problem' in also) return also
    const done = await placed(world, { ...replacing, ...lost, also, stamp })
    // Of two at once one is placed; the other finds it when it looks again.
    return !done.ok && OVERTAKEN.includes(done.problem) ? 'stale' : done
  })
}

/** The device was blocked meanwhile, or something else of it was written. */
const OVERTAKEN: readonly Problem[] = ['desk.conflict', 'desk.nothing-to-do']

interface Lost {
  readonly device: Authenticator
  /** What comes in its place: another of its kind, or of the kind that has taken its place. */
  readonly method: string
  readonly ordering: Ordering
}

/** What is lost, where another of its kind comes by post. */
async function findLost(
  world: World,
  { subscriberId, id }: Pick<Replacing, 'subscriberId' | 'id'>,
): Promise<Lost | Refusal> {
  const found = await findAuthenticator(world.db, id)
  const isTheirs = found?.subscriberIds.includes(subscriberId) === true
  if (!found || !isTheirs || found.value.lifecycle === 'revoked')
    return refusal('authenticator.not-found')
  const { successor: method = found.value.method } = methodNamed(world, found.value.method)
  const { ordering } = methodNamed(world, method).stock ?? {}
  if (!ordering) return refusal('desk.not-replaced')
  // It serves the others still (R120), and would end for all of them.
  if (found.subscriberIds.length > 1) return refusal('desk.not-replaced')
  return { device: found.value, method, ordering }
}

/** The order, with what it keeps back, as it is written and told. */
async function orderFor(
  world: World,
  { subscriberId, by: agent, device, method, ordering }: Replacing & Lost,
): Promise<Alongside | Refusal> {
  if (await findOpenOrder(world.db, subscriberId)) return refusal('order.open')
  const [address, account] = await Promise.all([
    currentContact(world, { subscriberId, kind: 'postal' }),
    accountFor(world, subscriberId, device.id),
  ])
  if (!address) return refusal('order.no-address')
  if (!account) return refusal('order.no-account')
  const now = world.now()
  const order: PlacedOrder = {
    id: newId('ord', now, world.random),
    subscriberId,
    method,
    address: address.value,
    country: account.residence,
    state: 'ordered',
    deposit: heldBack(account, reserveFor(world.settings.orders, method)),
    replaces: device.id,
    orderedAt: now,
    wishes: ordering.wishesOf(device.state),
    mustBeProven: true,
  }
  const entries = entriesOf(null, order, { why: 'ordered', now })
  const about = { subscriberId, orderId: order.id, method, by: 'desk', agent } as const
  const event: AuditEvent = { kind: 'order.placed', ...about, replaces: device.id }
  return {
    writes: [provenOrderInsert(world.db, order), ...ledgerWrites(world.db, entries)],
    events: [event, ...depositEvents(entries, { by: 'desk' })],
  }
}

/** Where the deposit of the lost one is kept back, or the first that can be charged. */
async function accountFor(
  world: World,
  subscriberId: SubscriberId,
  id: AuthenticatorId,
): Promise<Account | null> {
  const [token, accounts] = await Promise.all([
    findTokenOf(world.db, id),
    listAccounts(world.db, subscriberId),
  ])
  const before = token?.orderId ? (await findOrder(world.db, token.orderId))?.value : undefined
  const real = realAccounts(accounts)
  return real.find(({ number }) => number === before?.deposit.account) ?? real[0] ?? null
}

interface Placing extends Replacing, Lost {
  readonly also: Alongside
  readonly stamp: number
}

/** One that works is blocked with it; one that was blocked before stays so. */
async function placed(
  world: World,
  { subscriberId, id, by, onCase, device, also, stamp }: Placing,
): Promise<Replaced> {
  if (device.lifecycle === 'active')
    return await blockDevice(world, { subscriberId, id, by, onCase, also })
  const now = world.now()
  const done = await commitAuthenticators(world.db, {
    now,
    besides: [...onCase.uses(now), ...also.writes],
    changed: [],
    standing: { subscriberId, stamp, within: null },
    events: eventsOn(onCase, also.events),
  })
  if (!done) return refusal('desk.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true }
}
