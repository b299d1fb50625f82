import type { AuditEvent } from '#core/audit/audit.ts'
import type { HoldId, SubscriberId } from '#core/ids.ts'
import type { Hold } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

/** What takes rights away from a client for a while. */
export interface NewHold {
  readonly id: HoldId
  readonly subscriberId: SubscriberId
  readonly hold: Hold
}

export function holdWrite(db: Db, { id, subscriberId, hold }: NewHold, now: Instant): Write {
  const { kind, forbids, until } = hold
  const row = {
    id,
    subscriber_id: subscriberId,
    kind,
    since_ms: now,
    until_ms: until,
    forbids: JSON.stringify(forbids),
  }
  return one(db.write.insertInto('hold').values(row))
}

/** The holds of one kind that are not over, by their ids. */
export async function listHoldIds(db: Db, asked: AskedHolds): Promise<readonly HoldId[]> {
  const rows = await db.ask(holdIds(db, asked))
  return rows.map(({ id }) => id as HoldId)
}

interface AskedHolds {
  readonly subscriberId: SubscriberId
  readonly kind: string
  readonly now: Instant
}

const holdIds = prepared((db, { subscriberId, kind, now }: AskedHolds) =>
  db.read
    .selectFrom('hold')
    .select('id')
    .where('subscriber_id', '=', subscriberId)
    .where('kind', '=', kind)
    .where('until_ms', '>', now)
    .orderBy('id'),
)

/** @returns `false` when it is not theirs, or over already. */
export async function endHold(
  db: Db,
  commit: {
    readonly now: Instant
    readonly id: HoldId
    readonly subscriberId: SubscriberId
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, id, subscriberId, events } = commit
  const removed = db.write
    .deleteFrom('hold')
    .where('id', '=', id)
    .where('subscriber_id', '=', subscriberId)
    .where('until_ms', '>', now)
  return db.commit([one(removed), ...eventWrites(db, events, now)])
}

/** Whether this client has it, and it is not over. */
export async function isHoldThere(
  db: Db,
  {
    now,
    id,
    subscriberId,
  }: { readonly now: Instant; readonly id: HoldId; readonly subscriberId: SubscriberId },
): Promise<boolean> {
  const row = await db.read
    .selectFrom('hold')
    .select('id')
    .where('id', '=', id)
    .where('subscriber_id', '=', subscriberId)
    .where('until_ms', '>', now)
    .executeTakeFirst()
  return row !== undefined
}
