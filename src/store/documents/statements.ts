import { createHmac } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Statement, STATEMENTS_MAX } from '#core/documents/statement.ts'
import type { SessionId, StatementId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { derivedKey, oldestVersion } from '#store/database/keys.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, sealedBytes, unsealed, unsealedBytes } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { any, one } from '#store/queries/writes.ts'
import { sessionStays } from '#store/security-stamp.ts'

/**
 * Names a file of a client without telling it: without the key, a stolen table cannot be searched
 * for it. It stays the same when a new root key comes.
 */
export function contentHashOf(
  { keys }: Pick<Db, 'keys'>,
  { subscriberId, bytes }: { readonly subscriberId: SubscriberId; readonly bytes: Uint8Array },
): string {
  const key = derivedKey(keys, 'statement-content', oldestVersion(keys))
  return createHmac('sha256', key).update(`${subscriberId} `).update(bytes).digest('base64url')
}

/** A statement, and what tells it from the others of its client. */
export interface StoredStatement extends Statement {
  readonly slot: number
  readonly contentHash: string
}

const STATEMENT = [
  'statement.id',
  'statement.subscriber_id',
  'statement.slot',
  'statement.content_hash',
  'statement.added_at_ms',
  'statement.body',
] as const

/** Every statement of a client, in no order. */
export async function listStatements(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly StoredStatement[]> {
  const rows = await db.read
    .selectFrom('statement')
    .select(STATEMENT)
    .where('subscriber_id', '=', subscriberId)
    .limit(STATEMENTS_MAX)
    .execute()
  return rows.map((row) => statementOf(db, row))
}

export async function findStatement(db: Db, id: StatementId): Promise<StoredStatement | null> {
  const row = await db.read
    .selectFrom('statement')
    .select(STATEMENT)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? statementOf(db, row) : null
}

/** Of this client: one of another client is as good as none, and takes as long. */
export async function findOwnStatement(
  db: Db,
  { id, subscriberId }: Pick<Statement, 'id' | 'subscriberId'>,
): Promise<StoredStatement | null> {
  const row = await db.read
    .selectFrom('statement')
    .select(STATEMENT)
    .where('id', '=', id)
    .where('subscriber_id', '=', subscriberId)
    .executeTakeFirst()
  return row ? statementOf(db, row) : null
}

/**
 * @returns `null` when it has been removed since it was found.
 * @throws Error when a piece is missing, is another, or stands elsewhere.
 */
export async function readStatement(
  db: Db,
  { id, lengthBytes }: Pick<Statement, 'id' | 'lengthBytes'>,
): Promise<Uint8Array | null> {
  const rows = await db.read
    .selectFrom('statement_part')
    .select(['part', 'bytes'])
    .where('statement_id', '=', id)
    .orderBy('part')
    .execute()
  if (rows.length === 0 && (await findStatement(db, id)) === null) return null
  const parts = rows.map(({ bytes }, part) =>
    unsealedBytes(db, statementPartPlace(id, part), bytes),
  )
  const all = Buffer.concat(parts)
  if (all.length !== lengthBytes) throw new Error('a statement is not as long as it was')
  return all
}

/**
 * @returns `false`, and writes nothing, when its slot has been taken, or the client has the same
 *   file already.
 */
export async function addStatement(
  db: Db,
  { statement, bytes, event }: AddedStatement,
): Promise<boolean> {
  const { id, subscriberId, addedAt, slot, contentHash, ...body } = statement
  const insert = db.write
    .insertInto('statement')
    .values({
      id,
      subscriber_id: subscriberId,
      slot,
      content_hash: contentHash,
      added_at_ms: addedAt,
      body: sealed(db, statementPlace(id), body satisfies Json),
    })
    .onConflict((oc) => oc.doNothing())
  const parts = piecesOf(bytes).map((piece, part) =>
    one(
      db.write.insertInto('statement_part').values({
        statement_id: id,
        part,
        bytes: sealedBytes(db, statementPartPlace(id, part), piece),
      }),
    ),
  )
  return await db.commit([one(insert), ...parts, ...eventWrites(db, [event], addedAt)])
}

export interface AddedStatement {
  readonly statement: StoredStatement
  readonly bytes: Uint8Array
  readonly event: AuditEvent
}

/** @returns `false`, and writes nothing, when it has gone already. */
export async function deleteStatement(
  db: Db,
  {
    id,
    now,
    event,
  }: { readonly id: StatementId; readonly now: Instant; readonly event: AuditEvent },
): Promise<boolean> {
  return await db.commit([
    any(db.write.deleteFrom('statement_part').where('statement_id', '=', id)),
    one(db.write.deleteFrom('statement').where('id', '=', id)),
    ...eventWrites(db, [event], now),
  ])
}

/**
 * Writes down that a session has taken a copy.
 *
 * @returns `false`, and writes nothing, when that session has ended, or the statement was removed.
 */
export async function recordDownload(
  db: Db,
  { id, within, now, event }: Download,
): Promise<boolean> {
  const stays = db.write.updateTable('statement').set({ id }).where('id', '=', id)
  return await db.commit([one(stays), sessionStays(db, within), ...eventWrites(db, [event], now)])
}

interface Download {
  readonly id: StatementId
  readonly within: SessionId
  readonly now: Instant
  readonly event: AuditEvent
}

/** What a row holds: no reader and no writer has to hold a large value in one piece. */
const PIECE_LENGTH_BYTES = 256 * 1_024

const piecesOf = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE_LENGTH_BYTES) }, (_, part) =>
    bytes.subarray(part * PIECE_LENGTH_BYTES, (part + 1) * PIECE_LENGTH_BYTES),
  )

export const statementPlace = (row: string) => ({ table: 'statement', column: 'body', row })
export const statementPartPlace = (id: string, part: number) => ({
  table: 'statement_part',
  column: 'bytes',
  row: `${id}/${part}`,
})

const statementOf = (db: Db, row: Selectable<Tables['statement']>): StoredStatement => ({
  ...(unsealed(db, statementPlace(row.id), row.body) as unknown as Body),
  id: row.id as StatementId,
  subscriberId: row.subscriber_id as SubscriberId,
  slot: row.slot,
  contentHash: row.content_hash,
  addedAt: instant(row.added_at_ms),
})

type Body = Pick<Statement, 'kind' | 'name' | 'day' | 'lengthBytes'>
