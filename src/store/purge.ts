import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** Deletes a bounded batch of what has outlived its time; @returns how many rows: 0 when all is done. */
export async function purge(db: Db, now: Instant): Promise<number> {
  throw new Error('not written yet')
}
