import { sql } from 'kysely'
import { type Instant, instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'

export async function countSubscribers({ read }: Pick<Db, 'read'>): Promise<number> {
  const { count } = await read
    .selectFrom('subscriber')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Whether a PostgreSQL database has no table yet. */
export async function isEmpty({ alter }: Pick<Db, 'alter'>): Promise<boolean> {
  return await alter(async (tables) => {
    const { rows } = await sql<{ readonly count: number }>`
      select count(*)::int as count from pg_catalog.pg_tables where schemaname = current_schema()
    `.execute(tables)
    return rows[0]?.count === 0
  })
}

/** When the last backup was made, and the first event was written; `null` for neither yet. */
export async function findLastBackup({
  read,
}: Pick<Db, 'read'>): Promise<{ readonly begun: Instant | null; readonly last: Instant | null }> {
  const events = read.selectFrom('audit_event').select('at_ms').limit(1)
  const [first, last] = await Promise.all([
    events.orderBy('seq').executeTakeFirst(),
    events.where('kind', '=', 'backup.made').orderBy('at_ms', 'desc').executeTakeFirst(),
  ])
  return { begun: first ? instant(first.at_ms) : null, last: last ? instant(last.at_ms) : null }
}
