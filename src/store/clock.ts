import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** The latest instant that any node has written, or `null` in a new database (A24). */
export async function readClockMark(db: Db): Promise<Instant | null> {
  throw new Error('not written yet')
}

/** Raises the mark; an earlier instant changes nothing. */
export async function raiseClockMark(db: Db, at: Instant): Promise<void> {
  throw new Error('not written yet')
}
