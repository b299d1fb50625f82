import type { AuthenticatorId, OutboxId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant, Millis } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** A delivery that was committed and is to be made: at least once; the id is the same each time. */
export interface Outgoing {
  readonly id: OutboxId
  readonly channel: string
  readonly to: AuthenticatorId
  readonly payload: Json
  readonly createdAt: Instant
  /** How often it was tried before. */
  readonly attempts: number
}

/**
 * Takes what is due. Nobody else gets it until the lease is over; whoever dies with a lease has only
 * delayed it.
 */
export async function takeDue(
  db: Db,
  taking: { readonly now: Instant; readonly limit: number; readonly lease: Millis },
): Promise<readonly Outgoing[]> {
  throw new Error('not written yet')
}

export async function markSent(db: Db, ids: readonly OutboxId[]): Promise<void> {
  throw new Error('not written yet')
}

/** Tries again later; `attempts` is how often it was tried by now. */
export async function postpone(
  db: Db,
  later: { readonly id: OutboxId; readonly dueAt: Instant; readonly attempts: number },
): Promise<void> {
  throw new Error('not written yet')
}

/** Keeps it for the operator to see, and tries no more. */
export async function giveUp(db: Db, id: OutboxId, now: Instant): Promise<void> {
  throw new Error('not written yet')
}
