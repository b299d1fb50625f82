import { sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import { EVERYWHERE, type Condition } from '#core/status/lateness.ts'
import type { StatusNotice } from '#core/status/notice.ts'
import {
  type HourSeen,
  isSubject,
  type Piece,
  type Standing,
  type Subject,
} from '#core/status/subjects.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { AgentId } from '#core/agent.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { any, one } from '#store/queries/writes.ts'

/** A standing, and when it was last looked at. */
export interface Seen extends Standing {
  readonly seenAt: Instant
  /** When a carrier last said that a message had arrived; `null` for never. */
  readonly heardAt: Instant | null
}

/** Subjects, with the places of each that are late or were heard of: all countries, at the most. */
const STANDINGS_MAX = 2_000

export async function listStandings(db: Db): Promise<readonly Seen[]> {
  const rows = await db.read
    .selectFrom('status_now')
    .select(['subject', 'place', 'condition', 'since_ms', 'seen_at_ms', 'heard_at_ms'])
    .orderBy('subject')
    .orderBy('place')
    .limit(STANDINGS_MAX)
    .execute()
  return rows.flatMap(({ subject, place, condition, ...row }) =>
    isSubject(subject)
      ? [
          {
            subject,
            place,
            condition: condition as Condition,
            since: instant(row.since_ms),
            seenAt: instant(row.seen_at_ms),
            heardAt: row.heard_at_ms === null ? null : instant(row.heard_at_ms),
          },
        ]
      : [],
  )
}

/** For how long, hour by hour, something was late. */
export interface Lateness {
  readonly subject: Subject
  readonly place: string
  readonly pieces: readonly Piece[]
}

export interface Look {
  readonly now: Instant
  /** When a node last looked; `null` for never. */
  readonly before: Instant | null
  readonly standings: readonly Seen[]
  readonly late: readonly Lateness[]
  /** What was seen before is forgotten. */
  readonly forgetHoursBefore: Instant
  readonly others: readonly Write[]
}

/** What all looks are counted by: of two nodes that look at once, one has looked. */
const MARK = { subject: 'database', place: EVERYWHERE } as const

/** @returns `false` where another node was faster: nothing is written. */
export async function commitLook(db: Db, look: Look): Promise<boolean> {
  const { now, before, standings, late } = look
  const mark = rowOf({
    ...MARK,
    condition: 'works',
    since: now,
    seenAt: now,
    heardAt: null,
  })
  const turn =
    before === null
      ? db.write
          .insertInto('status_now')
          .values(mark)
          .onConflict((oc) => oc.doNothing())
      : db.write
          .updateTable('status_now')
          .set({ seen_at_ms: now })
          .where('subject', '=', MARK.subject)
          .where('place', '=', MARK.place)
          .where('seen_at_ms', '=', before)
  const ended = db.write
    .deleteFrom('status_now')
    .where('place', '!=', EVERYWHERE)
    .where('seen_at_ms', '<', now)
  return await db.commit([
    one(turn),
    ...standings.map((seen) => standingWrite(db, seen)),
    any(ended),
    ...late.flatMap((one) => one.pieces.map((piece) => hourWrite(db, one, piece))),
    any(db.write.deleteFrom('status_hour').where('hour_ms', '<', look.forgetHoursBefore)),
    ...look.others,
  ])
}

const rowOf = ({ subject, place, condition, since, seenAt, heardAt }: Seen) => ({
  subject,
  place,
  condition,
  since_ms: since,
  seen_at_ms: seenAt,
  heard_at_ms: heardAt,
})

function standingWrite(db: Db, seen: Seen): Write {
  const { subject, place, ...row } = rowOf(seen)
  return any(
    db.write
      .insertInto('status_now')
      .values({ subject, place, ...row })
      .onConflict((oc) => oc.columns(['subject', 'place']).doUpdateSet(row)),
  )
}

function hourWrite(db: Db, { subject, place }: Lateness, { hour, length }: Piece): Write {
  return any(
    db.write
      .insertInto('status_hour')
      .values({ subject, place, hour_ms: hour, late_ms: length })
      .onConflict((oc) =>
        oc
          .columns(['subject', 'place', 'hour_ms'])
          .doUpdateSet({ late_ms: sql<number>`status_hour.late_ms + excluded.late_ms` }),
      ),
  )
}

/** Subjects, places and hours: a week in which much was late. */
const HOURS_MAX = 5_000

export async function listHours(db: Db, since: Instant): Promise<readonly HourSeen[]> {
  const rows = await db.read
    .selectFrom('status_hour')
    .select(['subject', 'place', 'hour_ms', 'late_ms'])
    .where('hour_ms', '>=', since)
    .orderBy('hour_ms', 'desc')
    .limit(HOURS_MAX)
    .execute()
  return rows.flatMap(({ subject, place, hour_ms, late_ms }) =>
    isSubject(subject) ? [{ subject, place, hour: instant(hour_ms), lateMs: late_ms }] : [],
  )
}

/** What an operator tells, as long as it is shown. */
export async function findNotice(db: Db, now: Instant): Promise<StatusNotice | null> {
  const row = await db.read
    .selectFrom('status_notice')
    .select(['en', 'fr', 'agent', 'set_at_ms', 'until_ms'])
    .where('until_ms', '>', now)
    .executeTakeFirst()
  if (!row) return null
  return {
    words: { en: row.en, fr: row.fr },
    by: row.agent as AgentId,
    setAt: instant(row.set_at_ms),
    until: instant(row.until_ms),
  }
}

interface Told {
  readonly now: Instant
  readonly event: AuditEvent
}

/** Tells this in place of what was told before. */
export async function setNotice(db: Db, notice: StatusNotice, { now, event }: Told): Promise<void> {
  const row = {
    en: notice.words.en,
    fr: notice.words.fr,
    agent: notice.by,
    set_at_ms: notice.setAt,
    until_ms: notice.until,
  }
  const set = db.write
    .insertInto('status_notice')
    .values({ id: 1, ...row })
    .onConflict((oc) => oc.column('id').doUpdateSet(row))
  await db.commit([one(set), ...eventWrites(db, [event], now)])
}

/** @returns whether there was one that was shown. */
export async function removeNotice(db: Db, { now, event }: Told): Promise<boolean> {
  const gone = db.write.deleteFrom('status_notice').where('until_ms', '>', now)
  return await db.commit([one(gone), ...eventWrites(db, [event], now)])
}
