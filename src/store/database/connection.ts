import type { Kysely } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Tables } from '#store/database/tables.ts'

/**
 * What SQLite and PostgreSQL each do in their own way; nothing above it asks which of them it is.
 */
export interface Connection {
  readonly dialect: 'sqlite' | 'postgres'
  readonly read: ReadonlyKysely<Tables>
  /** Asks a `prepared` select; what is asked often is asked in this way. */
  ask<R>(query: Statement<R>): Promise<readonly R[]>
  /** Builds statements and runs none: `commit` does, all of them together. */
  readonly write: Pick<Kysely<Tables>, 'insertInto' | 'updateTable' | 'deleteFrom'>
  /**
   * Runs all statements, or none of them.
   *
   * @returns how many rows each of them changed, or `null`, with nothing written, when one changed
   *   another number than it names.
   * @throws DatabaseBusy when `COMMITS_WAITING_MAX` commits are waiting already; nothing is
   *   written.
   */
  commitCounted(writes: readonly Write[]): Promise<readonly number[] | null>
  /**
   * The transactions under way that may have added rows to this table, by name. One that is not
   * among them, and was asked for after a number of a row was drawn, has ended: its row can be read
   * now, or never. Where commits are written one after the other there is none.
   */
  writersOf(table: keyof Tables): Promise<readonly string[]>
  /**
   * The last number that the database has drawn for a row of the audit log, whether or not it can
   * be read: a row with a higher one was given its number by another party. `null` where numbers go
   * on behind the highest row, however it came there.
   */
  lastDrawn(): Promise<number | null>
  /** Lends a connection that may change the tables themselves. */
  alter<T>(work: (tables: Kysely<unknown>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** A statement with the values that it is asked with this time. */
export interface Statement<R = unknown> {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** What a row of its answer looks like; there is nothing in it. */
  readonly [row]?: R
}

declare const row: unique symbol

/** One compiled insert, update or delete. */
export interface Write {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** How many rows it must change, or `null` for any number. */
  readonly rows: number | null
  /**
   * It fails where another commit came in between since its snapshot, although nothing was read
   * before it: what it is part of is run again over a new snapshot.
   */
  readonly isOfSnapshot?: true
  /** The kind of the audit event that it writes down. */
  readonly event?: string
}

/**
 * Too many commits are waiting, or another process holds the file: nothing was written, try again.
 */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy'
}

/**
 * The database cannot be reached, or its disk is full, and may be back in a moment. It is not known
 * whether what was under way is written: a retry finds out, because what may happen once happens
 * once.
 */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

/**
 * Statements beyond this many are refused at once: a queue that only grows makes every caller wait
 * in vain. About a second of work.
 */
export const COMMITS_WAITING_MAX = 4096

/**
 * Statements kept prepared; a program that makes more than this many has no fixed set, and starts
 * again.
 */
export const STATEMENTS_MAX = 1000

/** Looks up what was made from this text before, or makes it. */
export function kept<T>(made: Map<string, T>, text: string, make: () => T): T {
  const found = made.get(text)
  if (found !== undefined) return found
  if (made.size >= STATEMENTS_MAX) made.clear()
  const value = make()
  made.set(text, value)
  return value
}
