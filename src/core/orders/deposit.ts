import type { AccountId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What is kept back in an account for a device that is out (R117).
 *
 *   held ──back, or not wanted──▶ released
 *     └──lost, or not back on its day──▶ charged ──back after all──▶ refunded
 *
 * Pure. A step that does not fit leaves it as it is, and is no mistake: a device can be lost and
 * found, sent back twice, and come when it was paid for already.
 */
export interface Deposit {
  /** The number of the account. */
  readonly account: string
  /**
   * The same account by its id; `null` in an order from before there was a ledger. The books of the
   * broker alone know of such a deposit: nothing is entered for it here.
   */
  readonly accountId: AccountId | null
  readonly usd: number
  /** The day by which the device must be back; `null` while its holder may keep it. */
  readonly dueAt: Instant | null
  readonly releasedAt: Instant | null
  readonly chargedAt: Instant | null
  readonly refundedAt: Instant | null
}

/** Not settled yet, one way or the other. */
const isOpen = ({ releasedAt, chargedAt }: Deposit): boolean =>
  releasedAt === null && chargedAt === null

/** Money is kept back, and the ledger says so. */
export const isHeld = (deposit: Deposit): boolean =>
  isOpen(deposit) && deposit.accountId !== null && deposit.usd > 0

export const held = (
  { id, number }: { readonly id: AccountId; readonly number: string },
  usd: number,
): Deposit => ({
  account: number,
  accountId: id,
  usd,
  dueAt: null,
  releasedAt: null,
  chargedAt: null,
  refundedAt: null,
})

/** Nothing is owed for it: the device is back, or was never sent. What was paid is owed back. */
export function settled(deposit: Deposit, now: Instant): Deposit {
  if (isOpen(deposit)) return { ...deposit, dueAt: null, releasedAt: now }
  const isPaid = deposit.chargedAt !== null && deposit.refundedAt === null
  return isPaid ? { ...deposit, refundedAt: now } : deposit
}

/** Its holder uses it no more, and must bring it back. The first day that is set counts. */
export const due = (deposit: Deposit, at: Instant): Deposit =>
  isHeld(deposit) && deposit.dueAt === null ? { ...deposit, dueAt: at } : deposit

/** Its holder has it back and uses it: no day is set any more. */
export const kept = (deposit: Deposit): Deposit =>
  deposit.dueAt === null ? deposit : { ...deposit, dueAt: null }

/** It is lost, or did not come back. */
export const charged = (deposit: Deposit, now: Instant): Deposit =>
  isHeld(deposit) ? { ...deposit, dueAt: null, chargedAt: now } : deposit
