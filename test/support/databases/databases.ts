import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import pg from 'pg'
import type { Keys } from '#store/database/keys.ts'
import { openDatabase } from '#store/database/open.ts'
import { MIGRATIONS, migrate } from '#store/database/migrate.ts'
import { POSTGRES } from '#store/migrations/words.ts'
import { emptied, giveBack, keep, type Kept, letAllGo } from './kept.ts'

/**
 * Databases to test on: SQLite always, PostgreSQL where `COUNTERSIGN_TEST_POSTGRES` names a server.
 */
export type DatabaseKind = 'sqlite' | 'postgres'

const server = process.env.COUNTERSIGN_TEST_POSTGRES

export const DATABASES: readonly DatabaseKind[] = server ? ['sqlite', 'postgres'] : ['sqlite']

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** A database of its own, with all tables and nothing in them. */
export async function testDatabase(kind: DatabaseKind, keys: Keys): Promise<TestDatabase> {
  return kind === 'sqlite' ? await sqliteDatabase(keys) : await postgresDatabase(keys)
}

async function sqliteDatabase(keys: Keys): Promise<TestDatabase> {
  sqliteTables ??= makeSqliteTables(keys)
  const tables = await sqliteTables
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  const file = join(folder, 'test.db')
  writeFileSync(file, tables, { mode: 0o600 })
  return {
    url: `sqlite:${file}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The file that the migrations make; they run once a process. */
let sqliteTables: Promise<Buffer> | null = null

async function makeSqliteTables(keys: Keys): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  try {
    const file = join(folder, 'tables.db')
    await withTables(`sqlite:${file}`, keys)
    // All of it stands in the one file, and nothing in a log beside it.
    const database = new DatabaseSync(file)
    database.exec('pragma wal_checkpoint(truncate)')
    database.close()
    return readFileSync(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function postgresDatabase(keys: Keys): Promise<TestDatabase> {
  const database = (await emptied(({ name }) => dropDatabase(name))) ?? (await makePostgres(keys))
  return { url: database.url, drop: () => Promise.resolve(giveBack(database)) }
}

async function makePostgres(keys: Keys): Promise<Kept> {
  postgresTables ??= makePostgresTables(keys)
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(`create database ${name} ${await postgresTables}`)
  return await keep(name, urlOf(name))
}

/** Databases that their tests have left. */
const left = new Set<string>()

/**
 * Drops a database once its connections are gone: one that is cut off while it closes hears of it,
 * and the test whose it was fails. No test waits for that: what is still open is dropped with a
 * later one, or when all tests of the process are over.
 */
export async function dropDatabase(name: string): Promise<void> {
  left.add(name)
  const names = [...left]
  await onServer(async (client) => {
    const open = await client.query<{ readonly datname: string }>(
      'select distinct datname from pg_stat_activity where datname = any($1)',
      [names],
    )
    const busy = new Set(open.rows.map(({ datname }) => datname))
    for (const one of names.filter((each) => !busy.has(each) && left.delete(each)))
      await client.query(`drop database if exists ${one} with (force)`)
  })
}

/** The bench makes clients as the tests do, and is no test: a hook would print a summary. */
if (process.env['NODE_TEST_CONTEXT'] !== undefined)
  after(async () => {
    for (const name of [...left, ...(await letAllGo()).map(({ name }) => name)])
      await run(`drop database if exists ${name} with (force)`)
  })

/** How a database is made that has the tables already. */
let postgresTables: Promise<string> | null = null

/**
 * The template bears the name of what is in it: one process makes it for all that run beside it,
 * and a changed migration makes another.
 */
async function makePostgresTables(keys: Keys): Promise<string> {
  const statements = Object.entries(MIGRATIONS).map(([name, up]) => [name, up(POSTGRES)])
  const digest = createHash('sha256').update(JSON.stringify(statements)).digest('hex')
  const name = `template_${digest.slice(0, 16)}`
  await onServer(async (client) => {
    // Held until the connection ends.
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (found.rows.length > 0) return
    // It has its name once it is whole.
    await client.query(`drop database if exists ${name}_part with (force)`)
    await client.query(`create database ${name}_part`)
    await withTables(urlOf(`${name}_part`), keys)
    await client.query(`alter database ${name}_part rename to ${name}`)
  })
  return `template ${name} ${await copying()}`
}

/** Copying files takes a third of the time that logging each page does, which is the default. */
async function copying(): Promise<string> {
  const version = await run<{ readonly number: string }>(
    `select current_setting('server_version_num') as number`,
  )
  return Number(version[0]?.number) >= FIRST_WITH_STRATEGY ? 'strategy file_copy' : ''
}

const FIRST_WITH_STRATEGY = 150_000

async function withTables(url: string, keys: Keys): Promise<void> {
  const db = await openDatabase({ url, keys, random: (length) => randomBytes(length) })
  await migrate(db)
  await db.close()
}

function urlOf(database: string): string {
  const url = new URL(server ?? '')
  url.pathname = `/${database}`
  return url.href
}

const run = async <Row extends pg.QueryResultRow>(statement: string): Promise<readonly Row[]> =>
  await onServer(async (client) => (await client.query<Row>(statement)).rows)

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
