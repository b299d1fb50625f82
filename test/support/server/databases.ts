import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Keys } from '#store/database/keys.ts'
import { openDatabase } from '#store/database/open.ts'
import { migrate } from '#store/database/migrate.ts'

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
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  const url = `sqlite:${join(folder, 'test.db')}`
  await withTables(url, keys)
  return { url, drop: async () => rmSync(folder, { recursive: true, force: true }) }
}

/** Tables are made once a process; each test gets a copy of that database. */
let template: Promise<string> | null = null

async function postgresDatabase(keys: Keys): Promise<TestDatabase> {
  template ??= makeTemplate(keys)
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(`create database ${name} template ${await template}`)
  const drop = async () => await run(`drop database if exists ${name} with (force)`)
  return { url: urlOf(name), drop }
}

async function makeTemplate(keys: Keys): Promise<string> {
  const name = `template_${randomBytes(8).toString('hex')}`
  await run(`create database ${name}`)
  await withTables(urlOf(name), keys)
  return name
}

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

async function run(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
