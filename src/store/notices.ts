import { type Selectable, sql } from 'kysely'
import type { SubscriberId } from '#core/ids.ts'
import type { Letter } from '#core/letter.ts'
import type { Effect } from '#core/login.ts'
import type { NoticeKind } from '#core/notice.ts'
import { type Instant, instant } from '#core/time.ts'
import { EVENT, eventOf, type WrittenEvent } from '#store/audit.ts'
import type { Db } from '#store/database.ts'
import { letterWrites } from '#store/letters.ts'
import { outboxWrites } from '#store/outbox.ts'
import type { Tables } from '#store/tables.ts'
import { any, one } from '#store/writes.ts'

const NOTICE = ['notice.seq', 'notice.subscriber_id', 'notice.kind', 'notice.at_ms'] as const

/** What a client was told of one audit event. */
export interface Notice {
  readonly seq: number
  readonly subscriberId: SubscriberId
  readonly kind: NoticeKind
  readonly at: Instant
}

/** Events that were written down since the mark and that nobody was told of yet, oldest first. */
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
const isTelling = sql<boolean>`audit_event.kind not in ('login.started', 'login.password-refused', 'login.password-accepted',
      'login.challenged', 'login.completed', 'session.opened', 'session.ended')`

/**
 * Writes down that somebody is told, with what is sent: both or nothing.
 *
 * @returns `false` when they have been told of it already, by another node.
 */
export async function tell(
  db: Db,
  notice: Notice,
  {
    effects,
    letters,
  }: { readonly effects: readonly Effect[]; readonly letters: readonly Letter[] },
): Promise<boolean> {
  const { seq, subscriberId, kind, at } = notice
  const row = { seq, subscriber_id: subscriberId, kind, at_ms: at }
  const told = db.write.insertInto('notice').values(row)
  return db.commit([
    one(told.onConflict((oc) => oc.doNothing())),
    ...outboxWrites(db, effects, { id: `notice_${seq}`, version: 1, now: at }),
    ...letterWrites(db, letters),
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

const noticeOf = ({ seq, subscriber_id, kind, at_ms }: Selectable<Tables['notice']>): Notice => ({
  ...{ seq, subscriberId: subscriber_id as SubscriberId, kind: kind as NoticeKind },
  at: instant(at_ms),
})
