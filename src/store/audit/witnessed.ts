import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/**
 * What a witness has seen of the logs that it watches: of each the last checkpoint. It stands in a
 * file of its own, on the machine of the witness, and has nothing to do with the database of an
 * installation.
 */
export interface Witnessed {
  /**
   * Reads what was kept of a log, and keeps what `decide` says, in one step: another process of the
   * same witness waits. It is on the disk when this returns.
   */
  change<T>(origin: string, decide: (kept: Kept | null) => Decided<T>): T
  /** By the SHA-256 of the origin, in hexadecimal. */
  findByHash(hash: string): string | null
  close(): void
}

/** What was seen of a log. The text is for readers; what is judged by stands apart from it. */
export interface Seen {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

export interface Kept {
  /** `null` where a version kept it that wrote down only the note. */
  readonly head: Pick<Seen, 'size' | 'root'> | null
  readonly note: string
}

export interface Decided<T> {
  readonly answer: T
  /** What is kept from now on; `null` for what was kept before. */
  readonly seen: Seen | null
}

const BUSY_TIMEOUT_MS = 5_000

export function openWitnessed(path: string): Witnessed {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  // The answer leaves only after the disk has it, also if the power fails.
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  database.exec(`create table if not exists witnessed (
    origin text primary key,
    hash text not null unique,
    note text not null
  ) strict`)
  addColumns(database)
  const find = database.prepare('select size, root, note from witnessed where origin = ?')
  const findByHash = database.prepare('select note from witnessed where hash = ?')
  const keep = database.prepare(`insert into witnessed (origin, hash, size, root, note)
    values (?, ?, ?, ?, ?) on conflict (origin) do update
    set size = excluded.size, root = excluded.root, note = excluded.note`)
  const noteOf = (row: Record<string, unknown> | undefined) =>
    (row?.['note'] as string | undefined) ?? null
  return {
    change(origin, decide) {
      database.exec('begin immediate')
      try {
        const { answer, seen } = decide(keptOf(find.get(origin) as Row | undefined))
        if (seen) keep.run(origin, hashOf(origin), seen.size, seen.root, seen.note)
        database.exec('commit')
        return answer
      } catch (error) {
        if (database.isTransaction) database.exec('rollback')
        throw error
      }
    },
    findByHash: (hash) => noteOf(findByHash.get(hash)),
    close: () => database.close(),
  }
}

interface Row {
  readonly size: number | null
  readonly root: Uint8Array | null
  readonly note: string
}

function keptOf(row: Row | undefined): Kept | null {
  if (row === undefined) return null
  const { size, root, note } = row
  return { head: size === null || root === null ? null : { size, root }, note }
}

/** A file of a version that kept only the note has no other columns yet. */
function addColumns(database: DatabaseSync): void {
  database.exec('begin immediate')
  const columns = database.prepare('select name from pragma_table_info(?)').all('witnessed')
  if (!columns.some(({ name }) => name === 'size'))
    database.exec(`alter table witnessed add column size integer;
      alter table witnessed add column root blob`)
  database.exec('commit')
}

const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex')
