import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AccountId, GatheringId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Report, Reported } from '#core/notices/report.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { toldWrite } from '#store/notices/trade-choices.ts'
import { any, changing, one } from '#store/queries/writes.ts'

const REPORT = [
  ...(['platform', 'event', 'subscriber_id', 'account_id', 'session_id', 'kind'] as const),
  ...(['at_ms', 'reported_at_ms', 'due_at_ms', 'gathering', 'body'] as const),
] as const

type Key = Pick<Report, 'platform' | 'event'>

/**
 * Writes a report with what the log says of it.
 *
 * @returns `false`, and writes nothing, when its platform has reported something under this id.
 */
export async function addReport(db: Db, report: Report, event: AuditEvent): Promise<boolean> {
  const { platform, event: id, what, at, reportedAt, dueAt } = report
  const row = db.write.insertInto('report').values({
    platform,
    event: id,
    subscriber_id: report.subscriberId,
    account_id: report.accountId,
    session_id: report.sessionId,
    kind: what.kind,
    at_ms: at,
    reported_at_ms: reportedAt,
    due_at_ms: dueAt,
    gathering: report.gathering,
    body: sealed(db, reportPlace(report), what),
  })
  const added = one(row.onConflict((oc) => oc.doNothing()))
  return await db.commit([added, ...eventWrites(db, [event], reportedAt)])
}

export async function findReport(db: Db, { platform, event }: Key): Promise<Report | null> {
  const row = await db.read
    .selectFrom('report')
    .select(REPORT)
    .where('platform', '=', platform)
    .where('event', '=', event)
    .executeTakeFirst()
  return row ? reportOf(db, row) : null
}

/** Clients with a trade that is to be told by now. */
export async function listToldOfTrades(
  db: Db,
  { now, limit }: { readonly now: Instant; readonly limit: number },
): Promise<readonly SubscriberId[]> {
  const rows = await db.read
    .selectFrom('report')
    .select('subscriber_id')
    .distinct()
    .where(isWaiting)
    .where('due_at_ms', '<=', now)
    .limit(limit)
    .execute()
  return rows.map(({ subscriber_id }) => subscriber_id as SubscriberId)
}

/** Written out, not as a parameter: the index is found by these words. */
const isWaiting = sql<boolean>`due_at_ms is not null`

/** How many trades wait to be told to a client, and the sessions that they were asked for in. */
export async function waitingTrades(
  db: Db,
  subscriberId: SubscriberId,
): Promise<{ readonly count: number; readonly sessions: readonly SessionId[] }> {
  const rows = await db.read
    .selectFrom('report')
    .select((eb) => ['session_id', eb.fn.countAll<number | string>().as('count')])
    .where('subscriber_id', '=', subscriberId)
    .where(isWaiting)
    .groupBy('session_id')
    .execute()
  return {
    count: rows.reduce((sum, { count }) => sum + Number(count), 0),
    sessions: rows
      .flatMap(({ session_id }) => (session_id === null ? [] : [session_id as SessionId]))
      .slice(0, SESSIONS_MAX),
  }
}

const SESSIONS_MAX = 20

/**
 * All trades that wait for a client become one notice.
 *
 * @returns `false`, and writes nothing, when another node was faster or one more has come.
 */
export async function gatherTrades(
  db: Db,
  gathered: {
    readonly subscriberId: SubscriberId
    readonly gathering: GatheringId
    readonly count: number
    readonly now: Instant
    readonly event: AuditEvent
  },
): Promise<boolean> {
  const { subscriberId, gathering, count, now, event } = gathered
  const told = db.write
    .updateTable('report')
    .set({ due_at_ms: null, gathering })
    .where('subscriber_id', '=', subscriberId)
    .where(isWaiting)
  return await db.commit([
    changing(count, told),
    toldWrite(db, subscriberId, now),
    ...eventWrites(db, [event], now),
  ])
}

/** The client does not want to hear of them any more. */
export async function dropTrades(db: Db, subscriberId: SubscriberId): Promise<void> {
  const dropped = db.write
    .updateTable('report')
    .set({ due_at_ms: null })
    .where('subscriber_id', '=', subscriberId)
    .where(isWaiting)
  await db.commit([any(dropped)])
}

/** The trades of one notice, the oldest first, and how many there are in all. */
export async function listGathered(
  db: Db,
  gathering: GatheringId,
  limit: number,
): Promise<{ readonly reports: readonly Report[]; readonly count: number }> {
  const of = db.read.selectFrom('report').where('gathering', '=', gathering)
  const [rows, counted] = await Promise.all([
    of.select(REPORT).orderBy('at_ms').orderBy('event').limit(limit).execute(),
    of.select((eb) => eb.fn.countAll<number | string>().as('count')).executeTakeFirstOrThrow(),
  ])
  return { reports: rows.map((row) => reportOf(db, row)), count: Number(counted.count) }
}

export const reportPlace = ({ platform, event }: Key) => ({
  ...({ table: 'report', column: 'body' } as const),
  row: `${platform} ${event}`,
})

const reportOf = (db: Db, row: Selectable<Tables['report']>): Report => ({
  platform: row.platform,
  event: row.event,
  subscriberId: row.subscriber_id as SubscriberId,
  accountId: row.account_id as AccountId,
  sessionId: row.session_id as SessionId | null,
  at: instant(row.at_ms),
  reportedAt: instant(row.reported_at_ms),
  dueAt: row.due_at_ms === null ? null : instant(row.due_at_ms),
  gathering: row.gathering as GatheringId | null,
  // As it was sealed here.
  what: unsealed(db, reportPlace(row), row.body) as unknown as Reported,
})
