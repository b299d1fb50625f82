import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import {
  COMMITS_WAITING_MAX,
  type Connection,
  DatabaseAway,
  DatabaseBusy,
  kept,
  type Write,
} from '#store/connection.ts'
import type { Tables } from '#store/tables.ts'

export interface PostgresOptions {
  readonly url: string
  readonly poolSize: number
  readonly onError: (error: Error) => void
}

/** PostgreSQL: each read and each commit is one statement, prepared once, one round trip. */
export function openPostgres({ url, poolSize, onError }: PostgresOptions): Connection {
  const pool = new pg.Pool({
    ...connecting(url),
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  })
  // Without a listener a connection that the server closes while nobody uses it would end the process.
  pool.on('error', onError)
  const commits = new Map<string, pg.QueryConfig>()
  const query = preparing(pool)
  return {
    dialect: 'postgres',
    // Kysely's own way to hide what writes.
    read: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: lending(query) }) }) as never,
    ask: async ({ sql, parameters }) => (await query(sql, parameters)).rows as never,
    write: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: nowhere }) }),
    async commitCounted(writes) {
      if (writes.length === 0) return []
      if (pool.waitingCount >= COMMITS_WAITING_MAX) {
        throw new DatabaseBusy('too many commits are waiting')
      }
      const shape = writes.map(({ sql, rows }) => `${sql}\n${rows}`).join('\n')
      const statement = kept(commits, shape, () => named(oneStatement(writes)))
      const values = writes.flatMap(({ parameters }) => parameters)
      try {
        const { rows } = await pool.query<Counted>({ ...statement, values })
        return rows[0]?.counts ?? null
      } catch (error) {
        if (STALE.has((error as pg.DatabaseError).code ?? '')) return null
        throw told(error)
      }
    },
    alter: (work) => altering(url, work),
    close: () => pool.end(),
  }
}

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 10_000

interface Counted {
  readonly counts: readonly number[]
}

/**
 * What the server says when somebody else was faster. The first is our own doing: nothing else here
 * divides.
 *
 * @see PostgreSQL, "Appendix A. PostgreSQL Error Codes"
 */
const STALE: ReadonlySet<string> = new Set([
  '22012', // division_by_zero: a statement changed another number of rows than it names
  '40001', // serialization_failure
  '40P01', // deadlock_detected
])

/**
 * Makes one statement of many, so that they are one transaction and one round trip. The array makes
 * PostgreSQL run them in their order, so that two commits lock the same rows in the same order; when a
 * count is not what it must be, the division fails and everything is undone.
 *
 *   with w0 as (update … returning 1), w1 as (insert … returning 1)
 *   select counts, 1 / (counts[1] = 1 and counts[2] = 1)::int …
 *
 * All of them see the database as it was before: two of them must not write the same row.
 *
 * @see PostgreSQL, "WITH Queries", "Data-Modifying Statements in WITH"
 */
function oneStatement(writes: readonly Write[]): string {
  let before = 0
  const parts = writes.map(({ sql, parameters }, index) => {
    const shifted = sql.replaceAll(/\$(\d+)/g, (_, number) => `$${Number(number) + before}`)
    before += parameters.length
    return `w${index} as (${shifted} returning 1)`
  })
  const counts = writes.map((_, index) => `(select count(*)::int from w${index})`)
  const right = writes.flatMap(({ rows }, index) =>
    rows === null ? [] : [`counts[${index + 1}] = ${rows}`],
  )
  const check = ['true', ...right].join(' and ')
  return `with ${parts.join(', ')}
    select counts, 1 / (${check})::int as committed
    from (select array[${counts.join(', ')}] as counts offset 0) as run`
}

/** The name under which each connection keeps the plan of a statement. */
function named(text: string): pg.QueryConfig {
  return { text, name: createHash('sha256').update(text).digest('base64url') }
}

type Query = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>

/** Reads need no connection of their own, only a name for what they ask. */
function preparing(pool: pg.Pool): Query {
  const statements = new Map<string, pg.QueryConfig>()
  return async (text, values) => {
    try {
      return await pool.query({ ...kept(statements, text, () => named(text)), values: [...values] })
    } catch (error) {
      throw told(error)
    }
  }
}

/**
 * What the server or the network says when the database is not to be had for now: it stops, starts, was
 * failed over to another that still reads only, has no room or no connection left.
 *
 * @see PostgreSQL, "Appendix A. PostgreSQL Error Codes"
 */
const AWAY = /^(08...|57P0[123]|53[1-4]00|25006|E[A-Z_]+)$/

/** The driver gives these no code: a connection that ended under way, and one that was not had in time. */
const ENDED = /^(Connection terminated|timeout exceeded when trying to connect)/

/** The error as this room names it. */
function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return AWAY.test(code) || ENDED.test(error.message)
    ? new DatabaseAway('the database is away', { cause: error })
    : error
}

function lending(query: Query): PostgresPool {
  const client = { query, release: () => undefined } as unknown as PostgresPoolClient
  return { connect: () => Promise.resolve(client), end: () => Promise.resolve(), options: {} }
}

const nowhere: PostgresPool = {
  connect() {
    throw new Error('a statement that was only to be built')
  },
  end: () => Promise.resolve(),
  options: {},
}

/** A connection of its own, without a time limit: building an index of a large table takes long. */
async function altering<T>(url: string, work: (tables: Kysely<unknown>) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ ...connecting(url), max: 1 })
  const tables = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await work(tables)
  } finally {
    await tables.destroy()
  }
}

function connecting(url: string): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: 'countersign',
    keepAlive: true,
    types: { getTypeParser },
  }
}

/** Counts and milliseconds fit a number; the driver's own default for 64 bits is text. */
function getTypeParser(type: number): (text: string) => unknown {
  if (type === pg.types.builtins.INT8) return Number
  return pg.types.getTypeParser(type, 'text') as (text: string) => unknown
}
