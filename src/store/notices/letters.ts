import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { LetterId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Letter } from '#core/notices/letter.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { one } from '#store/queries/writes.ts'

const LETTER = [
  'letter.id',
  'letter.subscriber_id',
  'letter.written_at_ms',
  'letter.posted_at_ms',
  'letter.body',
] as const

export const letterWrites = (db: Db, letters: readonly Letter[]): readonly Write[] =>
  letters.map(({ id, subscriberId, writtenAt, postedAt, ...body }) =>
    one(
      db.write.insertInto('letter').values({
        id,
        subscriber_id: subscriberId,
        written_at_ms: writtenAt,
        posted_at_ms: postedAt,
        body: sealed(db, letterPlace(id), body as Json),
      }),
    ),
  )

/** Letters that are not posted yet, oldest first; `after` is the last one of the page before. */
export async function listWaitingLetters(
  db: Db,
  { after, limit }: { readonly after: LetterId | null; readonly limit: number },
): Promise<readonly Letter[]> {
  const rows = await db.read
    .selectFrom('letter')
    .select(LETTER)
    .where('id', '>', after ?? '')
    .where(isWaiting)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => letterOf(db, row))
}

/** How many are not posted yet, and since when the oldest of them waits. */
export async function countWaitingLetters(
  db: Db,
): Promise<{ readonly count: number; readonly oldest: Instant | null }> {
  const { count, oldest } = await db.read
    .selectFrom('letter')
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.min('written_at_ms').as('oldest')])
    // Every id: so only what waits is looked through, by its index.
    .where('id', '>', '')
    .where(isWaiting)
    .executeTakeFirstOrThrow()
  return { count: Number(count), oldest: oldest === null ? null : instant(oldest) }
}

/** Written out, not as a parameter: the index is found by these words. */
const isWaiting = sql<boolean>`posted_at_ms is null`

export async function findLetter(db: Db, id: LetterId): Promise<Letter | null> {
  const row = await db.read
    .selectFrom('letter')
    .select(LETTER)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? letterOf(db, row) : null
}

/** @returns `false`, and writes nothing, when it is posted already. */
export async function markPosted(
  db: Db,
  { id, now, event }: { readonly id: LetterId; readonly now: Instant; readonly event: AuditEvent },
): Promise<boolean> {
  const posted = db.write
    .updateTable('letter')
    .set({ posted_at_ms: now })
    .where('id', '=', id)
    .where('posted_at_ms', 'is', null)
  return db.commit([one(posted), ...eventWrites(db, [event], now)])
}

export const letterPlace = (row: string) => ({ table: 'letter', column: 'body', row })

const letterOf = (db: Db, row: Selectable<Tables['letter']>): Letter => ({
  ...(unsealed(db, letterPlace(row.id), row.body) as unknown as Body),
  id: row.id as LetterId,
  subscriberId: row.subscriber_id as SubscriberId,
  writtenAt: instant(row.written_at_ms),
  postedAt: row.posted_at_ms === null ? null : instant(row.posted_at_ms),
})

type Body = Omit<Letter, 'id' | 'subscriberId' | 'writtenAt' | 'postedAt'>
