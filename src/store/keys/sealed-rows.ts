import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealedBytes, unsealedBytes } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import type { SealedColumn } from '#store/keys/sealed-columns.ts'
import { any } from '#store/queries/writes.ts'

/** The values of a primary key. */
export type RowKey = readonly (string | number)[]

/** A sealed value by its row. */
export interface SealedRow {
  readonly key: RowKey
  /** The version of the key that it was sealed with. */
  readonly version: number
}

/**
 * Some table with a sealed column, as a type: the names are those of `SEALED`, which a test holds
 * against the tables themselves.
 */
type Some = 'login'
const tableOf = ({ table }: SealedColumn) => table as Some
const nameOf = (name: string) => name as 'id'

/** The rows behind `after`, by their keys. Only the heads of what is sealed are read. */
export async function listSealed(
  db: Pick<Db, 'read'>,
  column: SealedColumn,
  { after, limit }: { readonly after: RowKey | null; readonly limit: number },
): Promise<readonly SealedRow[]> {
  let query = db.read
    .selectFrom(tableOf(column))
    .select(column.key.map(nameOf))
    .select(sql<Uint8Array | null>`substr(${sql.ref(column.column)}, 2, 2)`.as('head'))
  for (const name of column.key) query = query.orderBy(nameOf(name))
  if (after) query = query.where((eb) => isBehind(eb, column.key, after))
  const rows = await query.limit(limit).execute()
  return rows.map((row) => {
    const values = row as unknown as Record<string, string | number>
    const head = row.head && Buffer.from(row.head)
    return {
      key: column.key.map((name) => values[name] ?? ''),
      version: head?.length === HEAD_BYTES ? head.readUInt16BE() : 0,
    }
  })
}

const HEAD_BYTES = 2

type Builder = ExpressionBuilder<Tables, Some>

/** `(a, b) > (x, y)`, in words that make both databases use the primary key. */
function isBehind(eb: Builder, names: readonly string[], key: RowKey): Expression<SqlBool> {
  const values = names.map((name, at) => [nameOf(name), String(key[at] ?? '')] as const)
  const [first, second] = values
  if (!first) throw new Error('a table has a primary key')
  const begins = eb(first[0], '>', typed(key[0], first[1]))
  if (!second) return begins
  return eb.or([
    begins,
    eb.and([
      eb(first[0], '=', typed(key[0], first[1])),
      eb(second[0], '>', typed(key[1], second[1])),
    ]),
  ])
}

/** Numbers stay numbers: SQLite compares by kind. */
const typed = (value: string | number | undefined, text: string): string =>
  typeof value === 'number' ? (value as unknown as string) : text

/** The bytes that stand there now; `null` where the row is gone or holds nothing. */
export async function findSealed(
  db: Pick<Db, 'read'>,
  column: SealedColumn,
  key: RowKey,
): Promise<Uint8Array | null> {
  const row = await db.read
    .selectFrom(tableOf(column))
    .select(sql<Uint8Array | null>`${sql.ref(column.column)}`.as('value'))
    .where((eb) => isRow(eb, column.key, key))
    .executeTakeFirst()
  return row?.value ?? null
}

const isRow = (eb: Builder, names: readonly string[], key: RowKey): Expression<SqlBool> =>
  eb.and(names.map((name, at) => eb(nameOf(name), '=', typed(key[at], String(key[at])))))

/** What is sealed there, as text. */
export const openedText = (
  db: Pick<Db, 'keys'>,
  { column, key }: { readonly column: SealedColumn; readonly key: RowKey },
  bytes: Uint8Array,
): string => unsealedBytes(db, column.placeOf(key), bytes).toString('utf8')

/**
 * Seals what stands there anew, with the current key. It is written over exactly these bytes: where
 * another commit has changed the row since, that commit has sealed it with a key of its own, and
 * nothing is changed here.
 */
export function resealWrite(
  db: Db,
  { column, key }: { readonly column: SealedColumn; readonly key: RowKey },
  bytes: Uint8Array,
): Write {
  const place = column.placeOf(key)
  const value = sealedBytes(db, place, unsealedBytes(db, place, bytes))
  return any(
    db.write
      .updateTable(tableOf(column))
      .set({ [column.column]: value })
      .where((eb) => isRow(eb, column.key, key))
      .where(nameOf(column.column), '=', asText(bytes)),
  )
}

/** Bytes are compared as bytes; the type is that of another column. */
const asText = (bytes: Uint8Array): string => bytes as unknown as string
