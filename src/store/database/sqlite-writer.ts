import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { kept, type Write } from '#store/database/connection.ts'

/**
 * The thread that writes. It takes every commit that waits when it looks, runs them in one
 * transaction, each in a savepoint of its own, and answers them all after the one fsync: no caller
 * is told "written" before the disk has it, and one that fails does not harm its neighbours.
 */

/** What the main thread asks. */
export interface Asked {
  readonly id: number
  readonly writes: readonly Write[]
}

export interface Replied {
  readonly id: number
  readonly result: Result
}

export type Result =
  | { readonly counts: readonly number[] | null }
  | { readonly error: string; readonly why: 'busy' | 'away' | 'failed' }

/** So that the first of a long queue does not wait for the last. */
const GROUP_MAX = 256

/**
 * The log is folded into the file after about this many pages, while no caller waits for an answer
 * (16 MiB).
 */
const CHECKPOINT_PAGES = 4_096

/**
 * Beyond this, folding waits a moment for readers to look away, so that the log starts anew (64
 * MiB).
 */
const LOG_PAGES_MAX = 16_384
const READERS_TIMEOUT_MS = 50

const PAGE_LENGTH_BYTES = 4_096

/** The file to write to from now on. */
export interface Settings {
  readonly path: string
  /** What is deleted is overwritten: the key of a file that was shredded is gone (0055). */
  readonly erases: boolean
  readonly busyTimeoutMs: number
  readonly cacheKib: number
}

interface Statements {
  readonly begin: StatementSync
  readonly commit: StatementSync
  readonly rollback: StatementSync
  readonly savepoint: StatementSync
  readonly release: StatementSync
  readonly undo: StatementSync
}

/** What the thread says that is no reply: it has the file, or has let go of it. */
export type Said = 'ready' | 'closed'

if (parentPort) serve(parentPort)

/** One file after the other: a thread takes fifty times as long to start as a file to open. */
function serve(port: MessagePort): void {
  let writer: ((first: Message) => boolean) | null = null
  port.on('message', (message: Settings | Message) => {
    if (writer === null) {
      writer = writerTo(message as Settings, port)
      port.postMessage('ready' satisfies Said)
    } else if (!writer(message as Message)) {
      writer = null
      port.postMessage('closed' satisfies Said)
    }
  })
}

/** @returns what takes messages, and says `false` once it has closed the file. */
function writerTo(settings: Settings, port: MessagePort): (first: Message) => boolean {
  const database = opened(settings)
  const run = committer(database)
  const tidy = checkpointer(database, settings)

  return (first) => {
    const { asked, closing } = drained(port, first)
    for (let start = 0; start < asked.length; start += GROUP_MAX) {
      const group = asked.slice(start, start + GROUP_MAX)
      port.postMessage(run(group))
      tidy(group)
    }
    if (!closing) return true
    fold(database)
    database.close()
    return false
  }
}

/** A connection that has written nothing leaves the log of others as it is when it closes. */
function fold(database: DatabaseSync): void {
  try {
    // Without a look, one that has written nothing since another connection did waits in vain.
    database.prepare('select 1 from sqlite_schema').get()
    database.exec('pragma wal_checkpoint(truncate)')
  } catch {
    // The disk is full or broken, or another process reads. The log has everything.
  }
}

type Message = readonly Asked[] | 'close'

/** Everything that waits now, not only what woke us. */
function drained(port: MessagePort, first: Message) {
  const asked: Asked[] = []
  for (let message: Message | undefined = first; message !== undefined; message = nextOf(port)) {
    if (message === 'close') return { asked, closing: true }
    asked.push(...message)
  }
  return { asked, closing: false }
}

function nextOf(port: MessagePort): Message | undefined {
  const next: { message: Message } | undefined = receiveMessageOnPort(port)
  return next?.message
}

/**
 * `synchronous=FULL` is what "written" means here: with less, a power failure takes acknowledged
 * commits.
 */
function opened({ path, erases, busyTimeoutMs, cacheKib }: Settings): DatabaseSync {
  // The time-out comes first: turning to WAL needs the file alone, and must wait for it.
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode']
  if (mode !== 'wal') throw new Error(`${path} cannot have a write-ahead log`)
  database.exec('pragma synchronous = full')
  database.exec('pragma foreign_keys = on')
  database.exec(`pragma secure_delete = ${erases ? 'on' : 'off'}`)
  database.exec(`pragma cache_size = -${cacheKib}`)
  database.exec('pragma wal_autocheckpoint = 0')
  database.exec(`pragma journal_size_limit = ${LOG_PAGES_MAX * PAGE_LENGTH_BYTES}`)
  return database
}

/** Runs a group of commits in one transaction. */
export function committer(database: DatabaseSync): (group: readonly Asked[]) => readonly Replied[] {
  const prepared = new Map<string, StatementSync>()
  const named: Statements = {
    begin: database.prepare('begin immediate'),
    commit: database.prepare('commit'),
    rollback: database.prepare('rollback'),
    savepoint: database.prepare('savepoint one'),
    release: database.prepare('release one'),
    undo: database.prepare('rollback to one'),
  }

  /** All writes of one commit, or none; the first that changes another number of rows ends it. */
  function counted(writes: readonly Write[]): readonly number[] | null {
    const counts: number[] = []
    for (const { sql, parameters, rows } of writes) {
      const statement = kept(prepared, sql, () => database.prepare(sql))
      const changes = Number(statement.run(...(parameters as readonly SQLInputValue[])).changes)
      if (rows !== null && changes !== rows) return null
      counts.push(changes)
    }
    return counts
  }

  function result(writes: readonly Write[]): Result {
    named.savepoint.run()
    try {
      const counts = counted(writes)
      if (!counts) named.undo.run()
      named.release.run()
      return { counts }
    } catch (error) {
      // A full disk ends the whole transaction; then there is nothing left to go back to.
      if (!database.isTransaction) throw error
      named.undo.run()
      named.release.run()
      return failure(error)
    }
  }

  return (group) => {
    try {
      named.begin.run()
      const replies = group.map(({ id, writes }) => ({ id, result: result(writes) }))
      named.commit.run()
      return replies
    } catch (error) {
      if (database.isTransaction) named.rollback.run()
      return group.map(({ id }) => ({ id, result: failure(error) }))
    }
  }
}

function failure(error: unknown): Result {
  const { message, errcode = 0 } = error as Error & { readonly errcode?: number }
  return { error: message, why: WHY.get(errcode & 0xff) ?? 'failed' }
}

/** SQLITE_BUSY, SQLITE_IOERR and SQLITE_FULL. @see https://sqlite.org/rescode.html */
const WHY: ReadonlyMap<number, 'busy' | 'away'> = new Map([
  [5, 'busy'],
  [10, 'away'],
  [13, 'away'],
])

/**
 * Keeps the log short. Folding succeeds when no reader looks at the log; one in another process,
 * such as a backup, can put that off, and then the log grows until it has gone.
 */
function checkpointer(
  database: DatabaseSync,
  { busyTimeoutMs }: Settings,
): (group: readonly Asked[]) => void {
  const passive = database.prepare('pragma wal_checkpoint(passive)')
  const restart = database.prepare('pragma wal_checkpoint(restart)')
  let pages = 0
  let tolerated = LOG_PAGES_MAX

  function restarted(): boolean {
    database.exec(`pragma busy_timeout = ${READERS_TIMEOUT_MS}`)
    const busy = restart.get()?.['busy']
    database.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
    return busy === 0
  }

  return (group) => {
    for (const { writes } of group) pages += pagesOf(writes)
    if (pages < CHECKPOINT_PAGES) return
    pages = 0
    try {
      const log = Number(passive.get()?.['log'])
      if (log < LOG_PAGES_MAX) tolerated = LOG_PAGES_MAX
      // Where a reader stays, the next attempt comes that much later: each one makes every writer
      // wait.
      if (log > tolerated && !restarted()) tolerated = log + LOG_PAGES_MAX
    } catch {
      // The disk is full or broken. Nothing is lost, the log has it; the next commit hears what is
      // wrong.
    }
  }
}

/** About how many pages these writes add to the log: a row and its indexes, and what is long. */
function pagesOf(writes: readonly Write[]): number {
  let bytes = 0
  for (const { parameters } of writes) {
    for (const value of parameters) {
      if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length
    }
  }
  return PAGES_PER_WRITE * writes.length + bytes / PAGE_LENGTH_BYTES
}

const PAGES_PER_WRITE = 2
