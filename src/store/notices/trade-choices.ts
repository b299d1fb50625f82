import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import { NO_CHOICE, type TradeChoice } from '#core/notices/trade-choice.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'

/** How a client wants to hear of trades; version 0 for one who has never been asked. */
export async function findTradeChoice(
  db: Db,
  subscriberId: SubscriberId,
): Promise<Versioned<TradeChoice>> {
  const row = await db.read
    .selectFrom('trade_choice')
    .select(['version', 'channel', 'every', 'told_at_ms'])
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst()
  if (!row) return { value: NO_CHOICE, version: 0 }
  return {
    value: {
      channel: row.channel as TradeChoice['channel'],
      every: row.every as TradeChoice['every'],
      toldAt: row.told_at_ms === null ? null : instant(row.told_at_ms),
    },
    version: row.version,
  }
}

/**
 * Writes what a client has chosen; trades that wait are looked at again by it at once.
 *
 * @returns `false`, and writes nothing, when it was chosen anew since it was read, or the session
 *   that asks has ended.
 */
export async function setTradeChoice(
  db: Db,
  { value, version }: Versioned<TradeChoice>,
  {
    standing,
    dueAt,
    now,
    event,
  }: {
    readonly standing: Standing
    readonly dueAt: Instant | null
    readonly now: Instant
    readonly event: AuditEvent
  },
): Promise<boolean> {
  const { subscriberId } = standing
  const { channel, every } = value
  const next = { channel, every, version: version + 1 }
  const chosen =
    version === 0
      ? db.write
          .insertInto('trade_choice')
          .values({ subscriber_id: subscriberId, ...next, told_at_ms: null })
          .onConflict((oc) => oc.doNothing())
      : db.write
          .updateTable('trade_choice')
          .set(next)
          .where('subscriber_id', '=', subscriberId)
          .where('version', '=', version)
  const waiting = db.write
    .updateTable('report')
    .set({ due_at_ms: dueAt })
    .where('subscriber_id', '=', subscriberId)
    .where('due_at_ms', 'is not', null)
  return await db.commit([
    one(chosen),
    any(waiting),
    ...standingWrites(db, standing),
    ...eventWrites(db, [event], now),
  ])
}

/** They are told of trades now. */
export function toldWrite(db: Db, subscriberId: SubscriberId, now: Instant): Write {
  const fresh = { subscriber_id: subscriberId, version: 1, channel: null, every: null }
  return any(
    db.write
      .insertInto('trade_choice')
      .values({ ...fresh, told_at_ms: now })
      .onConflict((oc) =>
        oc.column('subscriber_id').doUpdateSet((eb) => ({
          told_at_ms: now,
          version: eb('trade_choice.version', '+', 1),
        })),
      ),
  )
}
