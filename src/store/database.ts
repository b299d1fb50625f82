import type { ReadonlyKysely } from 'kysely/readonly'
import type { Random } from '#core/ids.ts'
import type { Keys } from '#store/keys.ts'
import type { Tables } from '#store/tables.ts'

/** One database, whichever it is: SQLite in this process, or PostgreSQL. */
export interface Db {
  readonly dialect: 'sqlite' | 'postgres'
  readonly keys: Keys
  readonly random: Random
  readonly read: ReadonlyKysely<Tables>
  /**
   * Runs all statements, or none of them.
   *
   * @returns `false`, with nothing written, when one of them changed another number of rows than it
   *   names: somebody else wrote in between.
   * @throws DatabaseBusy when too many commits are waiting already; nothing is written then.
   */
  commit(writes: readonly Write[]): Promise<boolean>
  /** As `commit`; the number of rows each statement changed, or `null` instead of `false`. */
  commitCounted(writes: readonly Write[]): Promise<readonly number[] | null>
  close(): Promise<void>
}

/** One compiled insert, update or delete. */
export interface Write {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** How many rows it must change, or `null` for any number. */
  readonly rows: number | null
}

/** More commits are waiting than the queue holds; the caller is to say "try again", and does. */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy'
}

export interface DatabaseOptions {
  /** `sqlite:/path/to/file` or `postgres://…`. */
  readonly url: string
  readonly keys: Keys
  /** Cryptographically strong: nonces come from it. */
  readonly random: Random
  /** Connections to PostgreSQL; SQLite has one that reads and one that writes. */
  readonly poolSize?: number
}

/** Opens a database; its tables are made by `migrate`. */
export async function openDatabase(options: DatabaseOptions): Promise<Db> {
  throw new Error('not written yet')
}
