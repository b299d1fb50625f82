import { type Instant, instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { any } from '#store/queries/writes.ts'

/** The latest instant that any node has written, or `null` in a new database (A24). */
export async function readClockMark(db: Db): Promise<Instant | null> {
  const row = await db.read.selectFrom('clock_mark').select('at_ms').executeTakeFirst()
  return row ? instant(row.at_ms) : null
}

/** Raises the mark; an earlier instant changes nothing. */
export async function raiseClockMark(db: Db, at: Instant): Promise<void> {
  const inserted = db.write.insertInto('clock_mark').values({ id: 1, at_ms: at })
  await db.commit([
    any(
      inserted.onConflict((oc) =>
        oc.column('id').doUpdateSet({ at_ms: at }).where('clock_mark.at_ms', '<', at),
      ),
    ),
  ])
}
