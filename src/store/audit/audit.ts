import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { LoginId, SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Tables } from '#store/database/tables.ts'
import { one } from '#store/queries/writes.ts'

export const EVENT = [
  'audit_event.seq',
  'audit_event.at_ms',
  'audit_event.kind',
  'audit_event.subscriber_id',
  'audit_event.login_id',
  'audit_event.body',
] as const

/** An event as it was written down, and its place in the order. */
export interface WrittenEvent {
  readonly seq: number
  readonly at: Instant
  readonly event: AuditEvent
}

/** The events of one commit; there is no way to change one later. */
export function eventWrites(db: Db, events: readonly AuditEvent[], now: Instant): readonly Write[] {
  return events.map((event) => {
    const { kind, subscriberId, loginId = null } = event
    const body = canonicalJson({ ...event, ...db.terms?.said })
    return { ...one(eventInsert(db, { now, kind, subscriberId, loginId, body })), event: kind }
  })
}

interface EventRow {
  readonly now: Instant
  readonly kind: string
  readonly subscriberId: SubscriberId | null
  readonly loginId: LoginId | null
  readonly body: string
}

const eventInsert = prepared((db, { now, kind, subscriberId, loginId, body }: EventRow) =>
  db.write
    .insertInto('audit_event')
    .values({ at_ms: now, kind, subscriber_id: subscriberId, login_id: loginId, body }),
)

/** One event, by its place in the order. */
export async function findEvent(db: Db, seq: number): Promise<WrittenEvent | null> {
  const row = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row ? eventOf(row) : null
}

/** What is on record about one login, in the order in which it was written. */
export async function listLoginEvents(db: Db, loginId: LoginId): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('login_id', '=', loginId)
    .orderBy('seq')
    .limit(EVENTS_MAX)
    .execute()
  return rows.map(eventOf)
}

/**
 * What is on record about a subscriber, newest first; `before` is the last `seq` of the page
 * before.
 */
export async function listSubscriberEvents(
  db: Db,
  subscriberId: SubscriberId,
  page: {
    readonly before?: number
    readonly limit: number
    /** Kinds that are left out. */
    readonly except?: readonly string[]
  },
): Promise<readonly WrittenEvent[]> {
  const { before = Number.MAX_SAFE_INTEGER, limit, except = [] } = page
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('subscriber_id', '=', subscriberId)
    .where('seq', '<', before)
    .$if(except.length > 0, (query) => query.where('kind', 'not in', except))
    .orderBy('seq', 'desc')
    .limit(Math.min(limit, EVENTS_MAX))
    .execute()
  return rows.map(eventOf)
}

/** What is written down of a subscriber, of some kinds only, the oldest first. */
export async function listEventsOfKinds(
  db: Db,
  subscriberId: SubscriberId,
  kinds: readonly AuditEvent['kind'][],
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('subscriber_id', '=', subscriberId)
    .where('kind', 'in', kinds)
    .orderBy('seq', 'desc')
    .limit(EVENTS_MAX)
    .execute()
  return rows.map(eventOf).toReversed()
}

/** How many wrong answers were typed for a subscriber since then. */
export async function countAnswersRefused(
  db: Db,
  subscriberId: SubscriberId,
  since: Instant,
): Promise<number> {
  const { count } = await db.read
    .selectFrom('audit_event')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('subscriber_id', '=', subscriberId)
    .where('kind', '=', 'login.answer-refused')
    .where('at_ms', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Events of one kind of which there are few, the oldest first. */
export async function listRare(
  db: Pick<Db, 'read'>,
  kind: AuditEvent['kind'],
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(EVENT)
    .where('kind', '=', kind)
    .orderBy('at_ms')
    .orderBy('seq')
    .limit(EVENTS_MAX)
    .execute()
  return rows.map(eventOf)
}

const EVENTS_MAX = 1000

export const eventOf = ({ seq, at_ms, body }: Selectable<Tables['audit_event']>): WrittenEvent => ({
  seq,
  at: instant(at_ms),
  event: JSON.parse(body) as AuditEvent,
})
