import { type Selectable, sql } from 'kysely'
import type { ContactId, SubscriberId } from '#core/ids.ts'
import type { Letter } from '#core/notices/letter.ts'
import type { Effect } from '#core/login/state.ts'
import type { NoticeKind } from '#core/events/hearing.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { EVENT, eventOf, type WrittenEvent } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { letterWrites } from '#store/notices/letters.ts'
import { type Ended, endingOf, outboxWrites } from '#store/delivery/outbox.ts'
import type { Tables } from '#store/database/tables.ts'
import { any, one } from '#store/queries/writes.ts'

const NOTICE = ['notice.seq', 'notice.subscriber_id', 'notice.kind', 'notice.at_ms'] as const

/** What a client was told of one audit event. */
export interface Notice {
  readonly seq: number
  readonly subscriberId: SubscriberId
  readonly kind: NoticeKind
  readonly at: Instant
}

/** Events that were written since the mark and that no client was told of yet, oldest first. */
export async function listUntold(db: Db, limit: number): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('audit_event.seq', '>', (eb) => eb.selectFrom('notice_mark').select('seq').limit(1))
    .where(isTelling)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('notice').select('seq').whereRef('notice.seq', '=', 'audit_event.seq')),
      ),
    )
    .orderBy('audit_event.seq')
    .limit(limit)
    .execute()
  return rows.map(eventOf)
}

/** Written out, not as parameters: the index is found by these words. */
const isTelling = sql<boolean>`audit_event.kind not in (
      'login.started', 'login.password-refused', 'login.password-accepted',
      'login.challenged', 'login.completed', 'session.opened', 'session.ended')`

/** What is sent and written for a notice, and to which addresses. */
export interface Told {
  readonly effects: readonly Effect[]
  readonly letters: readonly Letter[]
  readonly contactIds: readonly ContactId[]
  /** When a letter tells it, with others of its kind, where one was written too lately. */
  readonly dueAt?: Instant
}

/**
 * Writes that a client is told, with what is sent: both or nothing.
 *
 * @returns `false` when they have been told of it already, by another node.
 */
export async function tell(
  db: Db,
  notice: Notice,
  { effects, letters, contactIds, dueAt, alerts }: Told & { readonly alerts: readonly Write[] },
): Promise<boolean> {
  const { seq, subscriberId, kind, at } = notice
  const state = {
    told: JSON.stringify(contactIds),
    pending: effects.length,
    reached_at_ms: null,
    due_at_ms: dueAt ?? null,
    letter_at_ms: letters.length > 0 ? at : null,
  }
  const row = { seq, subscriber_id: subscriberId, kind, at_ms: at, ...state }
  const told = db.write.insertInto('notice').values(row)
  return db.commit([
    one(told.onConflict((oc) => oc.doNothing())),
    ...outboxWrites(db, effects, { id: `notice_${seq}`, version: 1, now: at }),
    ...letterWrites(db, letters),
    ...alerts,
  ])
}

/** A notice, and to whom it was sent or written so far. */
export interface ToldNotice extends Notice {
  readonly contactIds: readonly ContactId[]
}

export async function findNotice(db: Db, seq: number): Promise<ToldNotice | null> {
  const row = await db.read
    .selectFrom('notice')
    .select([...NOTICE, 'notice.told'])
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row ? { ...noticeOf(row), contactIds: JSON.parse(row.told) as ContactId[] } : null
}

/**
 * A carrier has taken a message of a notice, to an address that counts now. @returns `false` when
 * the delivery had ended already.
 */
export async function noticeTaken(db: Db, seq: number, ended: Ended): Promise<boolean> {
  const taken = db.write
    .updateTable('notice')
    .set((eb) => ({
      pending: eb('pending', '-', 1),
      reached_at_ms: eb.fn.coalesce('reached_at_ms', sql.val<number>(ended.now)),
    }))
    .where('seq', '=', seq)
  return await db.commit([endingOf(db, ended), any(taken)])
}

/**
 * A message of a notice does not reach its client, and that is not the end of it: another has, or
 * is under way.
 *
 * @returns `false`, and writes nothing, when it was the last one and none has arrived.
 */
export async function noticeMissed(db: Db, seq: number, ended: Ended): Promise<boolean> {
  const missed = db.write
    .updateTable('notice')
    .set((eb) => ({ pending: eb('pending', '-', 1) }))
    .where('seq', '=', seq)
    .where((eb) => eb.or([eb('pending', '>', 1), eb('reached_at_ms', 'is not', null)]))
  return await db.commit([endingOf(db, ended), one(missed)])
}

/**
 * The last message of a notice does not reach its client, and none has: with its end everything
 * that is left is told.
 *
 * @returns `false`, and writes nothing, when it was not the last one, or had ended already.
 */
export async function tellFurther(
  db: Db,
  { seq, contactIds }: ToldNotice,
  { told, ended }: { readonly told: Told; readonly ended: Ended },
): Promise<boolean> {
  const all = JSON.stringify([...contactIds, ...told.contactIds])
  const further = db.write
    .updateTable('notice')
    .set({
      told: all,
      pending: told.effects.length,
      ...(told.dueAt !== undefined && { due_at_ms: told.dueAt }),
      ...(told.letters.length > 0 && { letter_at_ms: ended.now }),
    })
    .where('seq', '=', seq)
    .where('pending', '=', 1)
    .where('told', '=', JSON.stringify(contactIds))
    .where('reached_at_ms', 'is', null)
  const step = { id: `notice_${seq}`, version: contactIds.length + 1, now: ended.now }
  return await db.commit([
    endingOf(db, ended),
    one(further),
    ...outboxWrites(db, told.effects, step),
    ...letterWrites(db, told.letters),
  ])
}

/** Events up to here are not looked at again. The mark never goes back. */
export async function raiseMark(db: Db, seq: number): Promise<void> {
  const raised = db.write.updateTable('notice_mark').set({ seq }).where('seq', '<', seq)
  await db.commit([any(raised)])
}

/** What a subscriber was told lately, newest first. */
export async function listNotices(
  db: Db,
  subscriberId: SubscriberId,
  limit: number,
): Promise<readonly Notice[]> {
  const rows = await db.read
    .selectFrom('notice')
    .select(NOTICE)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(noticeOf)
}

/** A notice, and how far it has come. */
export interface SentNotice extends Notice {
  /** Messages under way. */
  readonly pending: number
  /** When a carrier has taken one of its messages, to an address that counts. */
  readonly reachedAt: Instant | null
  /** When a letter was written for it. */
  readonly letterAt: Instant | null
  /** Until when it waits for a letter that tells more. */
  readonly dueAt: Instant | null
}

/** What a subscriber was told lately and how far that has come, newest first. */
export async function listSentNotices(
  db: Db,
  subscriberId: SubscriberId,
  limit: number,
): Promise<readonly SentNotice[]> {
  const rows = await db.read
    .selectFrom('notice')
    .select([...NOTICE, 'pending', 'reached_at_ms', 'letter_at_ms', 'due_at_ms'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  const orNull = (at: number | null) => (at === null ? null : instant(at))
  return rows.map((row) => ({
    ...noticeOf(row),
    pending: row.pending,
    reachedAt: orNull(row.reached_at_ms),
    letterAt: orNull(row.letter_at_ms),
    dueAt: orNull(row.due_at_ms),
  }))
}

type Row = Pick<Selectable<Tables['notice']>, 'seq' | 'subscriber_id' | 'kind' | 'at_ms'>

const noticeOf = ({ seq, subscriber_id, kind, at_ms }: Row): Notice => ({
  seq,
  subscriberId: subscriber_id as SubscriberId,
  kind: kind as NoticeKind,
  at: instant(at_ms),
})
