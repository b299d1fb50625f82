import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type AlertChoice, USUAL_ALERTS } from '#core/notices/alerts.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'

/** How often a client wants alerts of orders; version 0 for one who has chosen nothing. */
export async function findAlertChoice(
  db: Db,
  subscriberId: SubscriberId,
): Promise<Versioned<AlertChoice>> {
  const row = await db.read
    .selectFrom('alert_choice')
    .select(['version', 'every', 'told_at_ms', 'due_at_ms'])
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst()
  return row ? { value: choiceOf(row), version: row.version } : { value: USUAL_ALERTS, version: 0 }
}

type Row = Pick<Selectable<Tables['alert_choice']>, 'every' | 'told_at_ms' | 'due_at_ms'>

const choiceOf = (row: Row): AlertChoice => ({
  every: row.every as AlertChoice['every'],
  toldAt: row.told_at_ms === null ? null : instant(row.told_at_ms),
  dueAt: row.due_at_ms === null ? null : instant(row.due_at_ms),
})

/** Clients of whom something waits that is due. */
export async function listAlertsDue(
  db: Db,
  { now, limit }: { readonly now: Instant; readonly limit: number },
): Promise<readonly SubscriberId[]> {
  const rows = await db.read
    .selectFrom('alert_choice')
    .select('subscriber_id')
    .where('due_at_ms', '<=', now)
    .orderBy('due_at_ms')
    .limit(limit)
    .execute()
  return rows.map(({ subscriber_id: id }) => id as SubscriberId)
}

/** Nothing is written with it when another node was faster. */
export function alertChoiceWrite(
  db: Db,
  subscriberId: SubscriberId,
  { value, version }: Versioned<AlertChoice>,
): Write {
  const { every, toldAt, dueAt } = value
  const next = { every, told_at_ms: toldAt, due_at_ms: dueAt, version: version + 1 }
  return one(
    version === 0
      ? db.write
          .insertInto('alert_choice')
          .values({ subscriber_id: subscriberId, ...next })
          .onConflict((oc) => oc.doNothing())
      : db.write
          .updateTable('alert_choice')
          .set(next)
          .where('subscriber_id', '=', subscriberId)
          .where('version', '=', version),
  )
}

/**
 * Writes what a client has chosen.
 *
 * @returns `false`, and writes nothing, when it has changed since it was read, or the session that
 *   asks has ended.
 */
export async function setAlertChoice(
  db: Db,
  choice: Versioned<AlertChoice>,
  {
    standing,
    now,
    event,
  }: { readonly standing: Standing; readonly now: Instant; readonly event: AuditEvent },
): Promise<boolean> {
  return await db.commit([
    alertChoiceWrite(db, standing.subscriberId, choice),
    ...standingWrites(db, standing),
    ...eventWrites(db, [event], now),
  ])
}
