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
} from '#store/database/connection.ts'
import type { Tables } from '#store/database/tables.ts'

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
  // Without a listener a connection that the server closes while it is idle would end the process.
  pool.on('error', onError)
  const statements = preparing(pool)
  const query = reading(statements)
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
      const values = writes.flatMap(({ parameters }) => parameters)
      const tries = writes.some(({ isOfSnapshot }) => isOfSnapshot) ? SNAPSHOTS : 1
      for (let tried = 0; tried < tries; tried += 1) {
        try {
          const { rows } = await statements(shape, () => oneStatement(writes), values)
          return (rows as readonly Counted[])[0]?.counts ?? null
        } catch (error) {
          if (!STALE.has((error as pg.DatabaseError).code ?? '')) throw told(error)
        }
      }
      return null
    },
    async writersOf(table) {
      const { rows } = await query(WRITERS, [table])
      return (rows as readonly Writer[]).map(({ writer }) => writer)
    },
    async lastDrawn() {
      const { rows } = await query(DRAWN, [])
      return (rows as readonly Drawn[])[0]?.drawn ?? 0
    },
    alter: (work) => altering(url, work),
    close: () => pool.end(),
  }
}

interface Writer {
  readonly writer: string
}

/**
 * Every insert locks its table before it draws a number from its sequence, and keeps that lock to
 * the end of its transaction. @see PostgreSQL, "Table-Level Locks", ROW EXCLUSIVE
 */
const WRITERS = `select virtualtransaction as writer from pg_locks
  where locktype = 'relation' and mode = 'RowExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())
    and relation = $1::regclass`

interface Drawn {
  readonly drawn: number | null
}

/** Of the sequence itself: it is seen at once, also by other transactions. */
const DRAWN = `select pg_sequence_last_value(pg_get_serial_sequence('audit_event', 'seq')::regclass)
  as drawn`

/** How often a commit is run that must not be written over a snapshot which is no longer true. */
const SNAPSHOTS = 3

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 10_000

interface Counted {
  readonly counts: readonly number[]
}

/**
 * What the server says when another transaction was faster. The first is our own: nothing else here
 * divides.
 *
 * @see PostgreSQL, "Appendix A. PostgreSQL Error Codes"
 */
const STALE: ReadonlySet<string> = new Set([
  '22012', // division_by_zero: a statement changed another number of rows than it names
  // A row that there may be once: a statement that looks for it first does not see one that is
  // written at the same moment.
  '23505', // unique_violation
  '40001', // serialization_failure
  '40P01', // deadlock_detected
])

/**
 * Makes one statement of many, so that they are one transaction and one round trip. The array makes
 * PostgreSQL run them in their order, so that two commits lock the same rows in the same order;
 * when a count is not what it must be, the division fails and everything is undone.
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

/** Runs the statement of this key; `text` is made once. */
type Statements = (
  key: string,
  text: () => string,
  values: readonly unknown[],
) => Promise<pg.QueryResult>

/**
 * Every statement has a name, under which each connection keeps its plan. A migration can end such
 * a statement while this node runs, or take its locks in another order than we do. Each statement
 * is a transaction of its own and was undone as a whole, so it is repeated, once and as a whole:
 * without a name, which the server plans afresh, and later ones go by a new name.
 */
function preparing(pool: pg.Pool): Statements {
  const statements = new Map<string, pg.QueryConfig>()
  let renamed = 0
  return async (key, text, given) => {
    const statement = kept(statements, key, () => named(text(), renamed))
    const values = [...given]
    try {
      return await pool.query({ ...statement, values })
    } catch (error) {
      const code = (error as pg.DatabaseError).code ?? ''
      if (!OVERTAKEN.has(code)) throw error
      if (code === PLAN_STALE && statements.get(key) === statement) {
        renamed += 1
        statements.set(key, named(statement.text, renamed))
      }
      return await pool.query({ text: statement.text, values })
    }
  }
}

/**
 * "cached plan must not change result type": a column of the answer has another type, or is gone.
 */
const PLAN_STALE = '0A000' // feature_not_supported

/** What a migration does to a statement that runs beside it. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  PLAN_STALE,
  '40P01', // deadlock_detected
])

/** The name under which each connection keeps the plan of a statement. */
function named(text: string, renamed: number): pg.QueryConfig {
  const name = createHash('sha256').update(`${renamed}\n${text}`).digest('base64url')
  return { text, name }
}

type Query = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>

/** Reads need no connection of their own, only a name for what they ask. */
const reading =
  (statements: Statements): Query =>
  async (text, values) => {
    try {
      return await statements(text, () => text, values)
    } catch (error) {
      throw told(error)
    }
  }

/**
 * What the server or the network says when the database is not to be had for now: it stops, starts,
 * was failed over to another that still reads only, has no room or no connection left.
 *
 * @see PostgreSQL, "Appendix A. PostgreSQL Error Codes"
 */
const AWAY = /^(08...|57P0[123]|53[1-4]00|25006|E[A-Z_]+)$/

/**
 * The driver gives these no code: a connection that ended under way, and one that was not had in
 * time.
 */
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
