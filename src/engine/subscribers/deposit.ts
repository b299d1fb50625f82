import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { Actor } from '#core/events/event.ts'
import { type AuthenticatorId, newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import type { Token } from '#core/inventory/hardware-token.ts'
import { charged, type Deposit, due, held, kept } from '#core/orders/deposit.ts'
import {
  type EntryKind,
  type EntryReason,
  entriesOf,
  type LedgerEntry,
} from '#core/orders/ledger.ts'
import { handed } from '#core/orders/handed.ts'
import { type ActiveOrder, dueBackAt, type Order, reserveFor } from '#core/orders/order.ts'
import { realAccounts } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import type { Write } from '#store/database/connection.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findTokenOf } from '#store/inventory/hardware-tokens.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { findOrder, handedWrite, orderWrite, provenOrderInsert } from '#store/orders/orders.ts'

/**
 * What the end of a device means for what is kept back for it, in the commit of the act that ends
 * it (R117). One that is reported lost by its holder is charged at once; one that is used no more
 * has so long to come back, and so has one that a caller calls lost who has proven nothing.
 */

interface EndedDevice {
  readonly id: AuthenticatorId
  /** Of whom it is: the client who says so, or about whom the desk was called. */
  readonly subscriberId: SubscriberId
  readonly how: 'lost' | 'unused'
  readonly by: Actor
  readonly within?: SessionId
}

/** The order of a device as it was read; `null` for one that is written with this commit. */
interface Kept {
  readonly value: Order
  readonly version: number | null
}

export interface DepositStep {
  /** The order that the device came with, as it is written; `null` where nothing changes. */
  readonly order: Kept | null
  readonly entries: readonly LedgerEntry[]
  readonly events: readonly AuditEvent[]
}

const NOTHING: DepositStep = { order: null, entries: [], events: [] }

/**
 * The order that a device came with. One that was given by hand before anything was kept back for
 * such has none: it gets one with its end, in the account of the only client who holds it.
 */
export async function keptFor(world: World, token: Token): Promise<Kept | null> {
  if (token.orderId) return await findOrder(world.db, token.orderId)
  const held = token.authenticatorId && (await findAuthenticator(world.db, token.authenticatorId))
  const [subscriberId, ...others] = held ? held.subscriberIds : []
  if (!held || subscriberId === undefined || others.length > 0) return null
  const { serial } = token
  const value = await handedTo(world, { authenticator: held.value, serial, subscriberId })
  return value && { value, version: null }
}

/**
 * What is kept back for a device that was given by hand; `null` where replacing it costs nothing,
 * or its client has no account that anything can be kept back in.
 */
export async function handedTo(
  world: World,
  {
    authenticator: { id: authenticatorId, method, createdAt: since },
    serial,
    subscriberId,
  }: {
    readonly authenticator: Pick<Authenticator, 'id' | 'method' | 'createdAt'>
    readonly serial: string
    readonly subscriberId: SubscriberId
  },
): Promise<ActiveOrder | null> {
  const usd = reserveFor(world.settings.orders, method)
  const [account] = usd === 0 ? [] : realAccounts(await listAccounts(world.db, subscriberId))
  if (!account) return null
  const deposit = held(account, usd)
  // As old as the device: what was ordered since stands behind it.
  const id = newId('ord', since, world.random)
  const about = { id, authenticatorId, method, serial, subscriberId, deposit, since }
  return handed({ ...about, country: account.residence })
}

/** An order whose deposit is another from now on, with all that is entered for it. */
export function steppedTo(
  { value: before, version }: Kept,
  deposit: Deposit,
  { why, now }: { readonly why: EntryReason; readonly now: Instant },
): { readonly order: Kept; readonly entries: readonly LedgerEntry[] } {
  const value = { ...before, deposit }
  const opened = version === null ? entriesOf(null, before, { why: 'given', now }) : []
  return {
    order: { value, version },
    entries: [...opened, ...entriesOf(before, value, { why, now })],
  }
}

export async function depositOnEnd(world: World, ended: EndedDevice): Promise<DepositStep> {
  const token = await findTokenOf(world.db, ended.id)
  const found = token && (await keptFor(world, token))
  if (!found) return NOTHING
  const now = world.now()
  const { id: authenticatorId, by } = ended
  const { value: order } = found
  // Another client who uses it charges no account of its owner, and has a session of their own.
  const isOwners = ended.subscriberId === order.subscriberId
  const within = isOwners ? ended.within : undefined
  const until = dueBackAt(now, world.settings.orders)
  const isLost = ended.how === 'lost' && isOwners
  const deposit = isLost ? charged(order.deposit, now) : due(order.deposit, until)
  if (deposit === order.deposit) return NOTHING
  const step = steppedTo(found, deposit, { why: 'lost', now })
  const { id: orderId, subscriberId, method } = order
  const about = { subscriberId, orderId, authenticatorId, method, usd: deposit.usd, by } as const
  const set = { kind: 'deposit.due', ...about, until, ...(within && { within }) } as const
  const booked = depositEvents(step.entries, ended)
  return { ...step, events: deposit.dueAt === null ? booked : [...booked, set] }
}

/**
 * A device that was called lost answers again: nothing is charged for it on the day that was set.
 * What was charged already is owed back when it is brought back.
 */
export async function depositOnReturn(world: World, id: AuthenticatorId): Promise<DepositStep> {
  const token = await findTokenOf(world.db, id)
  const found = token?.orderId ? await findOrder(world.db, token.orderId) : null
  if (!found) return NOTHING
  const { value: order, version } = found
  const deposit = kept(order.deposit)
  if (deposit === order.deposit) return NOTHING
  return { ...NOTHING, order: { value: { ...order, deposit }, version } }
}

/** The writes of a step, for the commit of what ends the device. */
export function depositWrites(
  { db }: Pick<World, 'db'>,
  step: Pick<DepositStep, 'order' | 'entries'>,
): readonly Write[] {
  const opened = openedIn(step)
  return [...bookWrites(db, step), ...(opened ? [handedWrite(db, opened)] : [])]
}

/** The same where the commit changes the device itself, and its order with it. */
export const bookWrites = (
  db: World['db'],
  { order, entries }: Pick<DepositStep, 'order' | 'entries'>,
): readonly Write[] =>
  order === null
    ? []
    : [
        order.version === null
          ? provenOrderInsert(db, order.value)
          : orderWrite(db, { value: order.value, version: order.version }),
        ...ledgerWrites(db, entries),
      ]

/** The order that a device gets with this step, having had none. */
export function openedIn({ order }: Pick<DepositStep, 'order'>): ActiveOrder | null {
  if (order?.version !== null || order.value.state !== 'active') return null
  return order.value
}

const KINDS = {
  reserve: 'deposit.held',
  release: 'deposit.released',
  charge: 'deposit.charged',
  refund: 'deposit.refunded',
} as const satisfies Readonly<Record<EntryKind, AuditEvent['kind']>>

/** One event for each entry. */
export const depositEvents = (
  entries: readonly LedgerEntry[],
  {
    by,
    id: authenticatorId,
    within,
  }: {
    readonly by: Actor | 'calendar'
    readonly id?: AuthenticatorId | undefined
    readonly within?: SessionId
  },
): readonly AuditEvent[] =>
  entries.map(({ kind, why, subscriberId, accountId, orderId, device: method, usd }) => {
    const about = { subscriberId, orderId, accountId, method, usd, why, by }
    return {
      kind: KINDS[kind],
      ...about,
      ...(authenticatorId && { authenticatorId }),
      ...(within && { within }),
    }
  })
