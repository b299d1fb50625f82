import { sql } from 'kysely'
import type { SubscriberId } from '#core/ids.ts'
import type { GatheredKind, Letter } from '#core/notices/letter.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { EVENT, eventOf, type WrittenEvent } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { letterWrites } from '#store/notices/letters.ts'
import { changing } from '#store/queries/writes.ts'

/** Notices of one kind that wait to be told to one client by letter. */
export interface Pile {
  readonly subscriberId: SubscriberId
  readonly kind: GatheredKind
}

/** When a letter of this kind was written last, and when the next one is; `null` for none. */
export async function letterTimes(
  db: Db,
  { subscriberId, kind }: Pile,
): Promise<{ readonly lastAt: Instant | null; readonly nextAt: Instant | null }> {
  const ofKind = db.read
    .selectFrom('notice')
    .where('subscriber_id', '=', subscriberId)
    .where('kind', '=', kind)
  const [written, held] = await Promise.all([
    ofKind
      .select((eb) => eb.fn.max('letter_at_ms').as('at'))
      .where(isWritten)
      .executeTakeFirst(),
    ofKind
      .select((eb) => eb.fn.min('due_at_ms').as('at'))
      .where(isHeld)
      .executeTakeFirst(),
  ])
  return { lastAt: instantOrNull(written?.at), nextAt: instantOrNull(held?.at) }
}

const instantOrNull = (at: number | null | undefined): Instant | null =>
  at === null || at === undefined ? null : instant(at)

/** Written out, not as parameters: the indexes are found by these words. */
const isHeld = sql<boolean>`due_at_ms is not null`
const isWritten = sql<boolean>`letter_at_ms is not null`

/** What is to be told by now. */
export async function listDuePiles(
  db: Db,
  { now, limit }: { readonly now: Instant; readonly limit: number },
): Promise<readonly Pile[]> {
  const rows = await db.read
    .selectFrom('notice')
    .select(['subscriber_id', 'kind'])
    .distinct()
    .where(isHeld)
    .where('due_at_ms', '<=', now)
    .limit(limit)
    .execute()
  return rows.map(({ subscriber_id, kind }) => ({
    subscriberId: subscriber_id as SubscriberId,
    kind: kind as GatheredKind,
  }))
}

/** What waits for a client, due or not: the first of it, how much there is, and up to which one. */
export async function findPile(
  db: Db,
  { subscriberId, kind }: Pile,
  limit: number,
): Promise<{
  readonly events: readonly WrittenEvent[]
  readonly count: number
  readonly lastSeq: number
}> {
  const held = db.read
    .selectFrom('notice')
    .where('notice.subscriber_id', '=', subscriberId)
    .where('notice.kind', '=', kind)
    .where(isHeld)
  const [rows, counted] = await Promise.all([
    held
      .innerJoin('audit_event', 'audit_event.seq', 'notice.seq')
      .select(EVENT)
      .orderBy('notice.seq')
      .limit(limit)
      .execute(),
    held
      .select((eb) => [
        eb.fn.countAll<number | string>().as('count'),
        eb.fn.max('notice.seq').as('last'),
      ])
      .executeTakeFirstOrThrow(),
  ])
  const { count, last } = counted
  return { events: rows.map(eventOf), count: Number(count), lastSeq: last ?? 0 }
}

/**
 * All that waits up to this one is told with these letters.
 *
 * @returns `false`, and writes nothing, when another node was faster.
 */
export async function postPile(
  db: Db,
  { subscriberId, kind }: Pile,
  posted: {
    readonly lastSeq: number
    readonly count: number
    readonly letters: readonly Letter[]
    readonly now: Instant
  },
): Promise<boolean> {
  const { lastSeq, count, letters, now } = posted
  const told = db.write
    .updateTable('notice')
    .set({ due_at_ms: null, letter_at_ms: now })
    .where('subscriber_id', '=', subscriberId)
    .where('kind', '=', kind)
    .where('seq', '<=', lastSeq)
    .where(isHeld)
  return await db.commit([changing(count, told), ...letterWrites(db, letters)])
}
