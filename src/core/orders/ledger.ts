import type { AccountId, OrderId, SubscriberId } from '#core/ids.ts'
import type { Deposit } from '#core/orders/deposit.ts'
import { LOSSES } from '#core/orders/fees.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What the broker enters in its books for the devices of its clients: money that is kept back, and
 * what becomes of it (R117).
 */
export const ENTRY_KINDS = ['reserve', 'release', 'charge', 'refund'] as const

export type EntryKind = (typeof ENTRY_KINDS)[number]

/** Why it was entered. */
export const ENTRY_REASONS = [
  ...(['ordered', 'given', 'withdrawn', 'returned', 'lost-in-post'] as const),
  ...LOSSES,
] as const

export type EntryReason = (typeof ENTRY_REASONS)[number]

export interface LedgerEntry {
  /** Follows from what it is about, so that it can stand there only once. */
  readonly id: string
  readonly kind: EntryKind
  readonly why: EntryReason
  readonly accountId: AccountId
  readonly subscriberId: SubscriberId
  readonly orderId: OrderId
  /** The kind of device, by the name of its method. */
  readonly device: string
  /** Whole US dollars, more than none; the kind says which way they go. */
  readonly usd: number
  readonly at: Instant
}

/** By how much what is kept back in the account grows with an entry. */
export function reservedBy({ kind, usd }: Pick<LedgerEntry, 'kind' | 'usd'>): number {
  switch (kind) {
    case 'reserve':
      return usd
    case 'release':
    case 'charge':
      return -usd
    case 'refund':
      return 0
  }
}

interface Kept {
  readonly id: OrderId
  readonly subscriberId: SubscriberId
  readonly method: string
  readonly deposit: Deposit
}

/** What is to be entered for a step of an order; `before` is `null` for one that is placed. */
export function entriesOf(
  before: Pick<Kept, 'deposit'> | null,
  { id: orderId, subscriberId, method: device, deposit }: Kept,
  { why, now: at }: { readonly why: EntryReason; readonly now: Instant },
): readonly LedgerEntry[] {
  const { accountId, usd } = deposit
  if (accountId === null || usd === 0) return []
  return kindsBetween(before && before.deposit, deposit).map((kind) => ({
    id: `${orderId}.${kind}`,
    kind,
    why,
    accountId,
    subscriberId,
    orderId,
    device,
    usd,
    at,
  }))
}

function kindsBetween(before: Deposit | null, next: Deposit): readonly EntryKind[] {
  if (before === null) return ['reserve']
  const is = (at: 'releasedAt' | 'chargedAt' | 'refundedAt') =>
    before[at] === null && next[at] !== null
  return [
    ...(is('releasedAt') ? (['release'] as const) : []),
    ...(is('chargedAt') ? (['charge'] as const) : []),
    ...(is('refundedAt') ? (['refund'] as const) : []),
  ]
}
