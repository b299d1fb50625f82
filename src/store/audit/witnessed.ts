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
  change<T>(origin: string, decide: (kept: string | null) => Decided<T>): T
  /** By the SHA-256 of the origin, in hexadecimal. */
  findByHash(hash: string): string | null
  close(): void
}

export interface Decided<T> {
  readonly answer: T
  /** What is kept from now on; `null` for what was kept before. */
  readonly note: string | null
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
  const find = database.prepare('select note from witnessed where origin = ?')
  const findByHash = database.prepare('select note from witnessed where hash = ?')
  const keep = database.prepare(`insert into witnessed (origin, hash, note) values (?, ?, ?)
    on conflict (origin) do update set note = excluded.note`)
  const noteOf = (row: Record<string, unknown> | undefined) =>
    (row?.['note'] as string | undefined) ?? null
  return {
    change(origin, decide) {
      database.exec('begin immediate')
      try {
        const { answer, note } = decide(noteOf(find.get(origin)))
        if (note !== null) keep.run(origin, hashOf(origin), note)
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

const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex')
