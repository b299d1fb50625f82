import type { AuditEvent } from '#core/audit/audit.ts'
import type { Actor } from '#core/events/event.ts'
import type { AuthenticatorId, SessionId, SubscriberId } from '#core/ids.ts'
import { charged, due, kept } from '#core/orders/deposit.ts'
import { type EntryKind, entriesOf, type LedgerEntry } from '#core/orders/ledger.ts'
import { dueBackAt, type Order } from '#core/orders/order.ts'
import type { World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import { findTokenOf } from '#store/inventory/hardware-tokens.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { findOrder, orderWrite } from '#store/orders/orders.ts'
import type { Versioned } from '#store/queries/versioned.ts'

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

export interface DepositStep {
  /** The order that the device came with, as it is written; `null` where nothing changes. */
  readonly order: Versioned<Order> | null
  readonly entries: readonly LedgerEntry[]
  readonly events: readonly AuditEvent[]
}

const NOTHING: DepositStep = { order: null, entries: [], events: [] }

export async function depositOnEnd(world: World, ended: EndedDevice): Promise<DepositStep> {
  const token = await findTokenOf(world.db, ended.id)
  const found = token?.orderId ? await findOrder(world.db, token.orderId) : null
  if (!found) return NOTHING
  const now = world.now()
  const { id: authenticatorId, by } = ended
  const { value: order, version } = found
  // Another client who uses it charges no account of its owner, and has a session of their own.
  const isOwners = ended.subscriberId === order.subscriberId
  const within = isOwners ? ended.within : undefined
  const until = dueBackAt(now, world.settings.orders)
  const isLost = ended.how === 'lost' && isOwners
  const deposit = isLost ? charged(order.deposit, now) : due(order.deposit, until)
  if (deposit === order.deposit) return NOTHING
  const value = { ...order, deposit }
  const entries = entriesOf(order, value, { why: 'lost', now })
  const { id: orderId, subscriberId, method } = order
  const about = { subscriberId, orderId, authenticatorId, method, usd: deposit.usd, by } as const
  const set = { kind: 'deposit.due', ...about, until, ...(within && { within }) } as const
  const events = deposit.dueAt === null ? depositEvents(entries, ended) : [set]
  return { order: { value, version }, entries, events }
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
export const depositWrites = (
  { db }: World,
  { order, entries }: Pick<DepositStep, 'order' | 'entries'>,
): readonly Write[] => (order ? [orderWrite(db, order), ...ledgerWrites(db, entries)] : [])

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
