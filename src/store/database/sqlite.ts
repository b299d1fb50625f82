import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { Kysely, SqliteAdapter, SqliteDialect, sql, type SqliteDatabase } from 'kysely'
import {
  COMMITS_WAITING_MAX,
  type Connection,
  DatabaseAway,
  DatabaseBusy,
  kept,
  type Write,
} from '#store/database/connection.ts'
import type { Asked, Replied, Result, Said, Settings } from '#store/database/sqlite-writer.ts'
import type { Tables } from '#store/database/tables.ts'

/**
 * SQLite in this process: reads are made here and now, writes by one worker thread that owns the
 * only connection that writes. It commits everything that waits at once, so that a hundred logins
 * cost one fsync, and the event loop never waits for a disk.
 *
 * @param erases whether what is deleted is overwritten
 */
export async function openSqlite(
  path: string,
  { erases }: { readonly erases: boolean },
): Promise<Connection> {
  // It holds names and sealed secrets: no other user of this machine needs to read it.
  closeSync(openSync(path, 'a', 0o600))
  const writer = await startWriter(path, erases)
  const reader = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  reader.exec(`pragma cache_size = -${CACHE_KIB}`)
  const database = adapted(reader)
  const read = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  return {
    dialect: 'sqlite',
    // Kysely's own way to hide what writes; the connection is read-only besides.
    read: read as never,
    ask: async ({ sql, parameters }) => database.prepare(sql).all(parameters) as never,
    write: new Kysely<Tables>({ dialect: new SqliteDialect({ database: nowhere }) }),
    commitCounted: (writes) => writer.commit(writes),
    // One commit is written at a time, in all processes: no number is drawn before it can be read.
    writersOf: () => Promise.resolve([]),
    lastDrawn: () => Promise.resolve(null),
    alter: (work) => altering(path, work),
    async close() {
      // The reader first: the last connection folds the log into the file, and only the writer can.
      reader.close()
      await writer.close()
    },
  }
}

const BUSY_TIMEOUT_MS = 5_000

/**
 * The upper levels of the indexes of a million subscribers; memory that is taken only when it is
 * used.
 */
const CACHE_KIB = 32_768

interface Waiting {
  readonly resolve: (counts: readonly number[] | null) => void
  readonly reject: (error: Error) => void
}

interface Writer {
  commit(writes: readonly Write[]): Promise<readonly number[] | null>
  close(): Promise<void>
}

/** Threads that have closed their file. They keep no process alive. */
const idle = new Set<Worker>()
const IDLE_MAX = 4

function threadThatWrites(): Worker {
  const [kept] = idle
  if (kept) {
    idle.delete(kept)
    kept.ref()
    return kept
  }
  return new Worker(new URL('sqlite-writer.ts', import.meta.url), { name: 'sqlite-writer' })
}

/** Keeps a thread for the next file; no listener of the last one is left. */
async function letGo(worker: Worker): Promise<void> {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
  if (idle.size >= IDLE_MAX) return void (await worker.terminate())
  worker.once('exit', () => idle.delete(worker))
  worker.unref()
  idle.add(worker)
}

/** Gives a thread the file, and waits until it has it. */
async function startWriter(path: string, erases: boolean): Promise<Writer> {
  const worker = threadThatWrites()
  const waiting = new Map<number, Waiting>()
  let lost: Error | null = null
  let posted: Asked[] = []
  let next = 0

  const lose = (error: Error): void => {
    lost ??= error
    for (const { reject } of waiting.values()) reject(lost)
    waiting.clear()
  }
  const post = (): void => {
    if (posted.length > 0) worker.postMessage(posted)
    posted = []
  }
  const file = { path, erases, busyTimeoutMs: BUSY_TIMEOUT_MS, cacheKib: CACHE_KIB }
  worker.postMessage(file satisfies Settings)
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  const ended = new Promise<'closed' | 'gone'>((resolve) => {
    worker.on('exit', () => resolve('gone'))
    worker.on('message', (message) => message === 'closed' && resolve('closed'))
  })
  worker.on('error', lose)
  worker.on('exit', () => lose(new Error('the thread that writes has ended')))
  worker.on('message', (message: readonly Replied[] | Said) => {
    if (typeof message === 'string') return
    for (const { id, result } of message) {
      const caller = waiting.get(id)
      waiting.delete(id)
      if (caller) answer(caller, result)
    }
  })

  return {
    commit: (writes) =>
      new Promise((resolve, reject) => {
        if (lost) return reject(lost)
        if (waiting.size >= COMMITS_WAITING_MAX) {
          return reject(new DatabaseBusy('too many commits are waiting'))
        }
        // What is asked in one tick travels in one message.
        if (posted.length === 0) queueMicrotask(post)
        waiting.set(next, { resolve, reject })
        posted.push({ id: next, writes: writes.map(detached) })
        next += 1
      }),
    async close() {
      lost ??= new Error('the database is closed')
      post()
      worker.postMessage('close')
      if ((await ended) === 'closed') await letGo(worker)
    },
  }
}

/** A buffer cut from a larger one would take all of it along to the other thread. */
const detached = (write: Write): Write => ({
  ...write,
  parameters: write.parameters.map((value) =>
    value instanceof Uint8Array && value.byteLength < value.buffer.byteLength
      ? new Uint8Array(value)
      : value,
  ),
})

function answer({ resolve, reject }: Waiting, result: Result): void {
  if (!('error' in result)) return resolve(result.counts)
  const { error, why } = result
  const Kind = { busy: DatabaseBusy, away: DatabaseAway, failed: Error }[why]
  reject(new Kind(error))
}

/**
 * A connection of its own, for as long as it takes; the tables' transactions wait for each other.
 */
async function altering<T>(
  path: string,
  work: (tables: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  const database = new DatabaseSync(path, { timeout: ALTER_TIMEOUT_MS })
  const dialect = new SqliteDialect({ database: adapted(database) })
  const tables = new Kysely<unknown>({
    dialect: {
      createDriver: () => dialect.createDriver(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createAdapter: () => new TransactionalAdapter(),
    },
  })
  try {
    return await work(tables)
  } finally {
    await tables.destroy()
  }
}

const ALTER_TIMEOUT_MS = 60_000

/**
 * Kysely assumes that SQLite cannot undo a `create table`; it can, and half a migration is worse
 * than none.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
  /** Writes before anything is read: two that start at once queue here instead of failing later. */
  override async acquireMigrationLock(tables: Kysely<unknown>): Promise<void> {
    await sql`update kysely_migration_lock set is_locked = is_locked`.execute(tables)
  }
}

/** `node:sqlite` in the form that Kysely expects, with statements prepared once. */
function adapted(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>()
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
  return {
    close: () => database.close(),
    prepare: (text) =>
      kept(statements, text, () => {
        const statement = database.prepare(text)
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...values(parameters)),
          run: (parameters) => statement.run(...values(parameters)),
          iterate: (parameters) => statement.iterate(...values(parameters)),
        }
      }),
  }
}

const nowhere: SqliteDatabase = {
  close: () => undefined,
  prepare() {
    throw new Error('a statement that was only to be built')
  },
}
