import { sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { OrderId } from '#core/ids.ts'
import type { Token } from '#core/inventory/hardware-token.ts'
import { isTokenStanding, type StockCount } from '#core/inventory/stock.ts'
import type { Loss } from '#core/orders/fees.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { TOKEN, tokenOf } from '#store/inventory/hardware-tokens.ts'
import { one } from '#store/queries/writes.ts'

/** What lies in the inventory, by kind and place. */

const STANDING = sql<string>`case
  when token.destroyed_at_ms is not null then 'destroyed'
  when token.returned_at_ms is not null then 'back'
  when token.written_off_at_ms is not null then 'written-off'
  when token.authenticator_id is not null then 'out'
  when token.order_id is not null then 'ordered'
  else 'free' end`

export async function countStock(db: Db): Promise<readonly StockCount[]> {
  const rows = await db.read
    .selectFrom('token')
    .innerJoin('token_import', 'token_import.id', 'token.import_id')
    .where('token_import.state', '=', 'done')
    .select(({ fn }) => [
      'token.method',
      'token.place',
      STANDING.as('standing'),
      fn.countAll<number>().as('count'),
    ])
    .groupBy(['token.method', 'token.place', STANDING])
    .execute()
  return rows.flatMap(({ method, place, standing, count }) =>
    isTokenStanding(standing) ? [{ method, place, standing, count }] : [],
  )
}

/** Of one kind, those that can go into an envelope, in the order of their numbers. */
export async function listFree(
  db: Db,
  { method, limit }: { readonly method: string; readonly limit: number },
): Promise<readonly { readonly serial: string; readonly place: string }[]> {
  return await db.read
    .selectFrom('token')
    .innerJoin('token_import', 'token_import.id', 'token.import_id')
    .where('token_import.state', '=', 'done')
    .where('token.method', '=', method)
    .where(STANDING, '=', 'free')
    .select(['token.serial', 'token.place'])
    .orderBy('token.serial')
    .limit(limit)
    .execute()
}

/** Where it lies, and since when it is destroyed. */
export async function findPlace(
  db: Db,
  serial: string,
): Promise<{ readonly place: string; readonly destroyedAt: number | null } | null> {
  const row = await db.read
    .selectFrom('token')
    .select(['place', 'destroyed_at_ms'])
    .where('serial', '=', serial)
    .executeTakeFirst()
  return row ? { place: row.place, destroyedAt: row.destroyed_at_ms } : null
}

/**
 * It is destroyed, and given out no more. @returns `false`, and writes nothing, when it is out, on
 * its way, or destroyed by now.
 */
export async function commitDestroyed(
  db: Db,
  commit: {
    readonly now: Instant
    readonly serial: string
    readonly besides: readonly Write[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, serial, besides, events } = commit
  const update = db.write
    .updateTable('token')
    .set({
      destroyed_at_ms: now,
      returned_at_ms: sql<number>`coalesce(returned_at_ms, ${now})`,
    })
    .where('serial', '=', serial)
    .where('destroyed_at_ms', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        eb('returned_at_ms', 'is not', null),
        and([eb('authenticator_id', 'is', null), eb('order_id', 'is', null)]),
      ]),
    )
  return await db.commit([...besides, one(update), ...eventWrites(db, events, now)])
}

/** It lies in another place. @returns `false` when it does not lie here. */
export const placeWrite = (
  db: Db,
  { serial, place }: { readonly serial: string; readonly place: string },
): Write =>
  one(
    db.write
      .updateTable('token')
      .set({ place })
      .where('serial', '=', serial)
      .where('destroyed_at_ms', 'is', null),
  )

/** A device that is out, and that its client uses no more. */
export interface UnusedToken {
  readonly token: Token
  /** By when it must be back, where it is charged for on that day. */
  readonly dueAt: Instant | null
}

/**
 * What lies with clients who use it no more: expected back, or written off. The longest waited for
 * first, and what has no day at the end.
 */
export async function listUnused(
  db: Db,
  { isWrittenOff, limit }: { readonly isWrittenOff: boolean; readonly limit: number },
): Promise<readonly UnusedToken[]> {
  const since = sql<number | null>`coalesce(
    token.written_off_at_ms, token.returning_at_ms, device_order.charge_due_ms)`
  const rows = await db.read
    .selectFrom('token')
    .innerJoin('authenticator', 'authenticator.id', 'token.authenticator_id')
    .leftJoin('device_order', 'device_order.id', 'token.order_id')
    .select(TOKEN)
    .select('device_order.charge_due_ms')
    .where('token.returned_at_ms', 'is', null)
    .where('token.written_off_at_ms', isWrittenOff ? 'is not' : 'is', null)
    .where(({ or, eb }) =>
      or([
        eb('authenticator.lifecycle', '=', 'revoked'),
        eb('device_order.charge_due_ms', 'is not', null),
      ]),
    )
    .orderBy(sql`${since} is null`)
    .orderBy(since)
    .orderBy('token.serial')
    .limit(limit)
    .execute()
  return rows.map((row) => {
    const { charge_due_ms: due } = row
    return { token: tokenOf(db, row), dueAt: due === null ? null : instant(due) }
  })
}

/**
 * It is not expected back; said again for another reason, the day stays. @returns `false` when it
 * is back by now.
 */
export const writtenOffWrite = (
  db: Db,
  {
    serial,
    why,
    now,
    opened,
  }: {
    readonly serial: string
    readonly why: Loss
    readonly now: Instant
    /** The order that it gets with this, having had none. */
    readonly opened: OrderId | null
  },
): Write =>
  one(
    db.write
      .updateTable('token')
      .set({
        written_off_at_ms: sql<number>`coalesce(written_off_at_ms, ${now})`,
        written_off_why: why,
        ...(opened && { order_id: opened }),
      })
      .where('serial', '=', serial)
      .$if(opened !== null, (query) => query.where('order_id', 'is', null))
      .where('returned_at_ms', 'is', null),
  )
