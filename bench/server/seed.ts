import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { systemRandom } from '#cli/random.ts'
import { createHasher } from '#methods/password/hasher.ts'
import type { DeviceKey } from '#methods/phone-key/wire.ts'
import { openDatabase } from '#store/database/open.ts'
import { derivedKey, type Keys } from '#store/database/keys.ts'
import { migrate } from '#store/database/migrate.ts'
import { PASSWORD, type Row, type Rows, rowsOf, type TableName, TABLES } from './population.ts'

/**
 * Fills new databases with clients, all of them at once and faster than the product could: what is
 * measured is how it lives with them, not how they came.
 */
export async function seed(
  urls: readonly string[],
  { keys, deviceKey, count }: Seeding,
): Promise<void> {
  const random = systemRandom()
  const pepper = derivedKey(keys, 'pepper').export()
  const hash = await (await createHasher({ pepper, random })).hash(PASSWORD)
  for (const url of urls) await makeTables(url, keys)
  const writers = await Promise.all(urls.map(openWriter))
  try {
    let waiting: readonly Promise<void>[] = []
    for (let from = 0; from < count; from += BATCH) {
      const range = { from, to: Math.min(count, from + BATCH) }
      const rows = rowsOf({ keys, random, hash, deviceKey }, range)
      // While PostgreSQL writes one batch, the next is made.
      await Promise.all(waiting)
      waiting = writers.map(({ write }) => write(rows))
    }
    await Promise.all(waiting)
  } finally {
    await Promise.all(writers.map(({ close }) => close()))
  }
}

export interface Seeding {
  readonly keys: Keys
  readonly deviceKey: DeviceKey
  readonly count: number
}

const BATCH = 5_000
const NAMES = Object.keys(TABLES) as readonly TableName[]

async function makeTables(url: string, keys: Keys): Promise<void> {
  const db = await openDatabase({ url, keys, random: (length) => randomBytes(length) })
  await migrate(db)
  await db.close()
}

interface Writer {
  readonly write: (rows: Rows) => Promise<void>
  readonly close: () => Promise<void>
}

const openWriter = (url: string): Promise<Writer> =>
  url.startsWith('sqlite:')
    ? openSqliteWriter(url.slice('sqlite:'.length))
    : openPostgresWriter(url)

function openSqliteWriter(path: string): Promise<Writer> {
  const database = new DatabaseSync(path)
  // This file need not survive a crash.
  database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000')
  const inserts = NAMES.map((name) => {
    const columns = TABLES[name]
    const marks = columns.map(() => '?').join(', ')
    const text = `insert into ${name} (${columns.join(', ')}) values (${marks})`
    return [name, database.prepare(text)] as const
  })
  return Promise.resolve({
    write(rows) {
      database.exec('begin')
      for (const [name, insert] of inserts) for (const row of rows[name]) insert.run(...row)
      database.exec('commit')
      return Promise.resolve()
    },
    close() {
      database.exec('analyze')
      database.close()
      return Promise.resolve()
    },
  })
}

async function openPostgresWriter(url: string): Promise<Writer> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // The rows fit together: looking every reference up would take as long as writing them.
  await client.query('set session_replication_role = replica; set synchronous_commit = off')
  return {
    async write(rows) {
      for (const name of NAMES) await copyIn(client, name, rows[name])
    },
    async close() {
      await client.query('vacuum analyze')
      await client.query('checkpoint')
      await client.end()
    },
  }
}

/**
 * The way in that PostgreSQL has for many rows; the driver knows its messages and has no word for
 * it.
 *
 * @see PostgreSQL, "COPY", "Text Format"
 */
function copyIn(client: pg.Client, name: TableName, rows: readonly Row[]): Promise<void> {
  const lines = rows.map((row) => `${row.map(copied).join('\t')}\n`)
  return new Promise((resolve, reject) => {
    const copying = {
      submit: (connection: Talking) =>
        connection.query(`copy ${name} (${TABLES[name].join(', ')}) from stdin`),
      handleCopyInResponse(connection: Talking) {
        connection.sendCopyFromChunk(Buffer.from(lines.join('')))
        connection.endCopyFrom()
      },
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    }
    // Its types know a connection by another name.
    client.query(copying as unknown as pg.Submittable)
  })
}

/** What the driver's connection can do, as far as it is needed here. */
interface Talking {
  query(text: string): void
  sendCopyFromChunk(bytes: Buffer): void
  endCopyFrom(): void
}

/** Names and numbers, none of which has anything in it to be escaped. */
const copied = (value: Row[number]): string | number =>
  value instanceof Uint8Array
    ? `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
    : (value ?? '\\N')
