import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit.ts'
import type { LoginId, SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import { type Instant, instant } from '#core/time.ts'
import type { Write } from '#store/connection.ts'
import type { Db } from '#store/database.ts'
import type { Tables } from '#store/tables.ts'
import { changing } from '#store/writes.ts'

/** An event as it was written down, and its place in the order. */
export interface WrittenEvent {
  readonly seq: number
  readonly at: Instant
  readonly event: AuditEvent
}

/** The events of one commit; there is no way to change one later. */
export function eventWrites(db: Db, events: readonly AuditEvent[], now: Instant): readonly Write[] {
  if (events.length === 0) return []
  const rows = events.map((event) => ({
    at_ms: now,
    kind: event.kind,
    subscriber_id: event.subscriberId,
    login_id: event.loginId ?? null,
    body: canonicalJson({ ...event }),
  }))
  return [changing(rows.length, db.write.insertInto('audit_event').values(rows))]
}

/** What is on record about one login, in the order in which it was written. */
export async function listLoginEvents(db: Db, loginId: LoginId): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .selectAll()
    .where('login_id', '=', loginId)
    .orderBy('seq')
    .limit(EVENTS_MAX)
    .execute()
  return rows.map(eventOf)
}

/** What is on record about a subscriber, newest first; `before` is the last `seq` of the page before. */
export async function listSubscriberEvents(
  db: Db,
  subscriberId: SubscriberId,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<readonly WrittenEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .selectAll()
    .where('subscriber_id', '=', subscriberId)
    .where('seq', '<', before)
    .orderBy('seq', 'desc')
    .limit(Math.min(limit, EVENTS_MAX))
    .execute()
  return rows.map(eventOf)
}

const EVENTS_MAX = 1000

const eventOf = ({ seq, at_ms, body }: Selectable<Tables['audit_event']>): WrittenEvent => ({
  seq,
  at: instant(at_ms),
  event: JSON.parse(body) as AuditEvent,
})
