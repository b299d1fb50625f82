import type { Selectable } from 'kysely'
import type { CaseReason } from '#core/desk/case.ts'
import type { CallBackRequest } from '#core/desk/queue/call-back-request.ts'
import type { CallBackId, CaseId, MemberId, SubscriberId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

const CALL_BACK = [
  ...(['id', 'version', 'subscriber_id', 'case_id', 'asked_by', 'reason', 'asked_at_ms'] as const),
  ...(['state', 'taken_by', 'taken_at_ms', 'taken_case'] as const),
] as const

export async function findCallBack(
  db: Db,
  id: CallBackId,
): Promise<Versioned<CallBackRequest> | null> {
  const row = await db.read
    .selectFrom('call_back')
    .select(CALL_BACK)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? callBackOf(row) : null
}

/** More than agents look through on one page. */
const QUEUE_MAX = 50

/** All that wait or are taken, the oldest first. */
export async function listCallBacks(db: Db): Promise<readonly Versioned<CallBackRequest>[]> {
  const rows = await db.read
    .selectFrom('call_back')
    .select(CALL_BACK)
    .where('state', 'in', ['waiting', 'taken'])
    .orderBy('asked_at_ms')
    .orderBy('id')
    .limit(QUEUE_MAX)
    .execute()
  return rows.map(callBackOf)
}

/** A new one; where one of this client waits or is taken, nothing is written. */
export const callBackInsert = (db: Db, value: CallBackRequest): Write =>
  one(
    db.write
      .insertInto('call_back')
      .values({
        ...columnsOf(value),
        id: value.id,
        version: 1,
        subscriber_id: value.subscriberId,
        case_id: value.caseId,
        asked_by: value.askedBy,
        reason: value.reason,
        asked_at_ms: value.askedAt,
      })
      .onConflict((oc) => oc.doNothing()),
  )

/** Another state of it, over the version that was read: two members take it once. */
export const callBackWrite = (db: Db, { value, version }: Versioned<CallBackRequest>): Write =>
  one(
    db.write
      .updateTable('call_back')
      .set({ ...columnsOf(value), version: version + 1 })
      .where('id', '=', value.id)
      .where('version', '=', version),
  )

function columnsOf({ status }: CallBackRequest) {
  const taken = status.state === 'waiting' ? null : status
  return {
    state: status.state,
    taken_by: taken?.by ?? null,
    taken_at_ms: taken?.at ?? null,
    taken_case: taken?.caseId ?? null,
  }
}

function callBackOf(row: Selectable<Tables['call_back']>): Versioned<CallBackRequest> {
  const { taken_by: by, taken_at_ms: at, taken_case: caseId } = row
  const isTaken = by !== null && at !== null && caseId !== null
  const value: CallBackRequest = {
    id: row.id as CallBackId,
    subscriberId: row.subscriber_id as SubscriberId,
    caseId: row.case_id as CaseId,
    askedBy: row.asked_by as MemberId,
    reason: row.reason as CaseReason,
    askedAt: instant(row.asked_at_ms),
    status: isTaken
      ? {
          state: row.state as 'taken' | 'done',
          by: by as MemberId,
          at: instant(at),
          caseId: caseId as CaseId,
        }
      : { state: 'waiting' },
  }
  return { value, version: row.version }
}
