import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, OrderId, SubscriberId, TokenImportId } from '#core/ids.ts'
import type { Loss } from '#core/orders/fees.ts'
import type { LedgerEntry } from '#core/orders/ledger.ts'
import type { Order } from '#core/orders/order.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { StockedToken, Token } from '#core/inventory/hardware-token.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites, bindingWrites } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { orderWrite } from '#store/orders/orders.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { among, any, changing, one } from '#store/queries/writes.ts'

export const TOKEN = [
  'token.serial',
  'token.import_id',
  'token.method',
  'token.state',
  'token.authenticator_id',
  'token.order_id',
  'token.returning_at_ms',
  'token.returned_at_ms',
  'token.written_off_at_ms',
  'token.written_off_why',
] as const

/*
 * An import is written in pieces, and counts as a whole or not at all:
 *
 *   begun ──pieces──▶ open ──finished──▶ done      its tokens can be given
 *                       └──discarded, also by the next import──▶ nothing is left of it
 *
 * A process that dies in between leaves an open import, which is never read and which the next one
 * removes.
 */

/** How many tokens one commit of an import holds. */
export const TOKENS_PER_COMMIT = 500

/**
 * Imports that have not come to their end: one is being made at this moment, or its process died.
 */
export async function listUnfinishedImports(db: Db): Promise<readonly TokenImportId[]> {
  const rows = await db.read
    .selectFrom('token_import')
    .select('id')
    .where('state', '!=', 'done')
    .execute()
  return rows.map(({ id }) => id as TokenImportId)
}

/** @returns `false` when another import has begun at the same moment. */
export async function beginImport(
  db: Db,
  { id, now }: { readonly id: TokenImportId; readonly now: Instant },
): Promise<boolean> {
  const row = { id, state: 'open', keys: 0, created_at_ms: now }
  const insert = db.write
    .insertInto('token_import')
    .values(row)
    .onConflict((oc) => oc.doNothing())
  return await db.commit([one(insert)])
}

/** One piece of an import. @returns `false` when another import has taken its place. */
export async function addTokens(
  db: Db,
  importId: TokenImportId,
  tokens: readonly StockedToken[],
): Promise<boolean> {
  const rows = tokens.map(({ serial, method, state }) => ({
    serial,
    method,
    import_id: importId,
    authenticator_id: null,
    order_id: null,
    returning_at_ms: null,
    returned_at_ms: null,
    state: sealed(db, tokenPlace(serial), state),
  }))
  const insert = db.write
    .insertInto('token')
    .values(rows)
    .onConflict((oc) => oc.doNothing())
  const count = db.write
    .updateTable('token_import')
    .set((eb) => ({ keys: eb('keys', '+', rows.length) }))
    .where('id', '=', importId)
    .where('state', '=', 'open')
  return await db.commit([one(count), changing(rows.length, insert)])
}

/**
 * From here on its tokens can be given. @returns `false` when it is not complete, or not open any
 * more.
 */
export async function finishImport(
  db: Db,
  commit: {
    readonly id: TokenImportId
    readonly keys: number
    readonly now: Instant
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { id, keys, now, events } = commit
  const update = db.write
    .updateTable('token_import')
    .set({ state: 'done' })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('keys', '=', keys)
  return await db.commit([one(update), ...eventWrites(db, events, now)])
}

/** Removes an import that is not done, with all that was written of it. */
export async function discardImport(db: Db, id: TokenImportId): Promise<void> {
  // First it takes no further pieces; what two commits remove could otherwise grow between them.
  const closed = db.write
    .updateTable('token_import')
    .set({ state: 'discarded' })
    .where('id', '=', id)
    .where('state', '=', 'open')
  await db.commit([any(closed)])
  const discarded = db.read
    .selectFrom('token_import')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'discarded')
  const rows = db.write.deleteFrom('token').where('import_id', 'in', discarded as never)
  await db.commit([any(rows)])
  const head = db.write
    .deleteFrom('token_import')
    .where('id', '=', id)
    .where('state', '=', 'discarded')
  await db.commit([any(head)])
}

/** Those of these serial numbers that are in the inventory. */
export async function knownSerials(
  db: Db,
  serials: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.read
    .selectFrom('token')
    .select('serial')
    .where('serial', 'in', among(serials))
    .execute()
  return new Set(rows.map(({ serial }) => serial))
}

/** A token of an import that is done. */
export async function findToken(db: Db, serial: string): Promise<Token | null> {
  const row = await db.read
    .selectFrom('token')
    .innerJoin('token_import', 'token_import.id', 'token.import_id')
    .select(TOKEN)
    .where('token.serial', '=', serial)
    .where('token_import.state', '=', 'done')
    .executeTakeFirst()
  return row ? tokenOf(db, row) : null
}

/** The token that became this authenticator; `null` for one that was made elsewhere. */
export async function findTokenOf(db: Db, id: AuthenticatorId): Promise<Token | null> {
  const row = await db.read
    .selectFrom('token')
    .select(TOKEN)
    .where('authenticator_id', '=', id)
    .executeTakeFirst()
  return row ? tokenOf(db, row) : null
}

/**
 * Those of a subscriber that are on their way back or have come: what was bound stays bound, and
 * answers nothing.
 */
export async function listReturns(db: Db, subscriberId: SubscriberId): Promise<readonly Token[]> {
  const rows = await db.read
    .selectFrom('token')
    .innerJoin('binding', 'binding.authenticator_id', 'token.authenticator_id')
    .select(TOKEN)
    .where('binding.subscriber_id', '=', subscriberId)
    .where('token.returning_at_ms', 'is not', null)
    .orderBy('token.serial')
    .limit(RETURNS_MAX)
    .execute()
  return rows.map((row) => tokenOf(db, row))
}

/** Those of a subscriber that came by post, serve no other client, and have not been sent back. */
export async function listReturnable(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Token[]> {
  const rows = await db.read
    .selectFrom('token')
    .innerJoin('binding', 'binding.authenticator_id', 'token.authenticator_id')
    .innerJoin('authenticator', 'authenticator.id', 'token.authenticator_id')
    .leftJoin('binding as other', (join) =>
      join
        .onRef('other.authenticator_id', '=', 'token.authenticator_id')
        .on('other.subscriber_id', '!=', subscriberId),
    )
    .select(TOKEN)
    .where('binding.subscriber_id', '=', subscriberId)
    .where('authenticator.lifecycle', '!=', 'revoked')
    .where('token.returning_at_ms', 'is', null)
    .where('other.subscriber_id', 'is', null)
    .orderBy('token.serial')
    .limit(RETURNS_MAX)
    .execute()
  return rows.map((row) => tokenOf(db, row))
}

const RETURNS_MAX = 20

export type TokenRow = Omit<Selectable<Tables['token']>, 'place' | 'destroyed_at_ms'>

export function tokenOf(db: Db, row: TokenRow): Token {
  const { serial, method, state, authenticator_id: authenticatorId } = row
  const course = {
    orderId: row.order_id as OrderId | null,
    returningAt: row.returning_at_ms === null ? null : instant(row.returning_at_ms),
    returnedAt: row.returned_at_ms === null ? null : instant(row.returned_at_ms),
    writtenOff:
      row.written_off_at_ms === null
        ? null
        : { at: instant(row.written_off_at_ms), why: row.written_off_why as Loss },
  }
  return state === null
    ? { ...course, serial, method, state, authenticatorId: authenticatorId as AuthenticatorId }
    : {
        ...course,
        serial,
        method,
        authenticatorId: null,
        state: unsealed(db, tokenPlace(serial), state),
      }
}

interface Gift {
  readonly now: Instant
  readonly subscriberId: SubscriberId
  readonly events: readonly AuditEvent[]
}

/**
 * A token becomes an authenticator. @returns `false` when it has become another one in the
 * meantime.
 */
export async function commitGift(
  db: Db,
  gift: Gift & {
    readonly serial: string
    readonly authenticator: Authenticator
    /** What becomes of the deposit for it, and the order in which that stands. */
    readonly besides: readonly Write[]
    readonly orderId: OrderId | null
  },
): Promise<boolean> {
  const { now, serial, authenticator, subscriberId, besides, orderId, events } = gift
  const update = db.write
    .updateTable('token')
    .set({ state: null, authenticator_id: authenticator.id, order_id: orderId })
    .where('serial', '=', serial)
    .where('authenticator_id', 'is', null)
    // One that is on its way to a client is theirs already.
    .where('order_id', 'is', null)
    .where('returned_at_ms', 'is', null)
  return await db.commit([
    ...endingWrites(db, { by: 'device-given', subscriberId }, now),
    ...bindingWrites(db, authenticator, [subscriberId]),
    ...besides,
    one(update),
    ...eventWrites(db, events, now),
  ])
}

/**
 * One more holds it. @returns `false` when it was written since it was read, or is theirs already.
 */
export async function commitSharing(
  db: Db,
  gift: Gift & { readonly authenticator: Versioned<Authenticator> },
): Promise<boolean> {
  const { now, authenticator, subscriberId, events } = gift
  return await db.commit([
    ...endingWrites(db, { by: 'device-given', subscriberId }, now),
    ...authenticatorWrites(db, [authenticator]),
    sharingWrite(db, authenticator.value, subscriberId),
    ...eventWrites(db, events, now),
  ])
}

/**
 * It is on its way back, or it is back.
 *
 * @returns `false`, and writes nothing, when that was said already, or what it is about was written
 *   since it was read.
 */
export async function commitReturn(
  db: Db,
  commit: {
    readonly now: Instant
    readonly serial: string
    readonly is: 'returning' | 'returned'
    readonly besides?: readonly Write[]
    readonly order?: Versioned<Order>
    /** The order that it gets with this, having had none. */
    readonly opened?: OrderId
    /** What becomes of its deposit. */
    readonly entries?: readonly LedgerEntry[]
    readonly revoked: readonly Versioned<Authenticator>[]
    readonly ended: readonly Ended[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, serial, is, order, entries = [], revoked, ended, events } = commit
  const { besides = [], opened } = commit
  const column = `${is}_at_ms` as const
  const update = db.write
    .updateTable('token')
    .set({ [column]: now, ...(opened && { order_id: opened }) })
    .where('serial', '=', serial)
    .where(column, 'is', null)
    .$if(opened !== undefined, (query) => query.where('order_id', 'is', null))
    .where('returned_at_ms', 'is', null)
  return await db.commit([
    ...besides,
    ...ended.flatMap((one) => endingWrites(db, one, now)),
    ...authenticatorWrites(db, revoked),
    ...(order ? [orderWrite(db, order)] : []),
    one(update),
    ...ledgerWrites(db, entries),
    ...eventWrites(db, events, now),
  ])
}

/**
 * It is not to be given out any more. @returns `false` when a client has it, when it is on its way
 * to one, or back by now.
 */
export async function commitStopped(
  db: Db,
  {
    now,
    serial,
    besides = [],
    events,
  }: {
    readonly now: Instant
    readonly serial: string
    readonly besides?: readonly Write[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const update = db.write
    .updateTable('token')
    .set({ returned_at_ms: now })
    .where('serial', '=', serial)
    .where('authenticator_id', 'is', null)
    .where('order_id', 'is', null)
    .where('returned_at_ms', 'is', null)
  return await db.commit([...besides, one(update), ...eventWrites(db, events, now)])
}

export function sharingWrite(
  db: Db,
  { id, method }: Authenticator,
  subscriberId: SubscriberId,
): Write {
  const row = { subscriber_id: subscriberId, method, authenticator_id: id }
  return one(
    db.write
      .insertInto('binding')
      .values(row)
      .onConflict((oc) => oc.doNothing()),
  )
}

export const tokenPlace = (serial: string) => ({ table: 'token', column: 'state', row: serial })
