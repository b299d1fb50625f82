import { sql } from 'kysely'
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
