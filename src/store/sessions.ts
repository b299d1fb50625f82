import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit.ts'
import { type SessionId, type SubscriberId } from '#core/ids.ts'
import { SEEN_GRAIN, type Session, SESSION_ABSOLUTE, SESSION_IDLE } from '#core/session.ts'
import { before, type Instant, instant } from '#core/time.ts'
import { eventWrites } from '#store/audit.ts'
import type { Write } from '#store/connection.ts'
import type { Db } from '#store/database.ts'
import type { Tables } from '#store/tables.ts'
import { among, any, one } from '#store/writes.ts'

/** Which sessions: these, or all of a subscriber but one. */
export type SessionsOf =
  | { readonly ids: readonly SessionId[] }
  | { readonly subscriberId: SubscriberId; readonly except?: SessionId }

/** Finds a session by the SHA-256 of its token, open or not: `isOpen` is the caller's question. */
export async function findSession(db: Db, tokenHash: Uint8Array): Promise<Session | null> {
  const row = await db.read
    .selectFrom('session')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  return row ? sessionOf(row) : null
}

export async function findSessionById(db: Db, id: SessionId): Promise<Session | null> {
  const row = await db.read
    .selectFrom('session')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? sessionOf(row) : null
}

/** The open sessions of a subscriber, last seen first; at most 100. */
export async function listSessions(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<readonly Session[]> {
  const rows = await db.read
    .selectFrom('session')
    .selectAll()
    .where('subscriber_id', '=', subscriberId)
    .where('ended_at_ms', 'is', null)
    .where('opened_at_ms', '>', before(now, SESSION_ABSOLUTE))
    .where('seen_at_ms', '>', before(now, SESSION_IDLE))
    .orderBy('seen_at_ms', 'desc')
    .limit(SESSIONS_MAX)
    .execute()
  return rows.map(sessionOf)
}

const SESSIONS_MAX = 100

/** Notes that a session was used, at most once in `SEEN_GRAIN`; an ended one stays as it is. */
export async function touchSession(db: Db, id: SessionId, at: Instant): Promise<void> {
  const write = db.write
    .updateTable('session')
    .set({ seen_at_ms: at })
    .where('id', '=', id)
    .where('seen_at_ms', '<=', before(at, SEEN_GRAIN))
    .where('ended_at_ms', 'is', null)
  await db.commit([any(write)])
}

/** Ends sessions that have not ended; @returns how many. The events are written in any case. */
export async function endSessions(
  db: Db,
  commit: SessionsOf & { readonly now: Instant; readonly events: readonly AuditEvent[] },
): Promise<number> {
  const { now, events } = commit
  const counts = await db.commitCounted([
    endingWrite(db, commit, now),
    ...eventWrites(db, events, now),
  ])
  return counts?.[0] ?? 0
}

export function endingWrite(db: Db, sessions: SessionsOf, now: Instant): Write {
  const ending = db.write
    .updateTable('session')
    .set({ ended_at_ms: now })
    .where('ended_at_ms', 'is', null)
  if ('ids' in sessions) return any(ending.where('id', 'in', among(sessions.ids)))
  const theirs = ending.where('subscriber_id', '=', sessions.subscriberId)
  return any(sessions.except ? theirs.where('id', '!=', sessions.except) : theirs)
}

/** Two sessions of one login would break its unique key: a login opens one. */
export function openingWrite(
  db: Db,
  { value, tokenHash }: { readonly value: Session; readonly tokenHash: Uint8Array },
): Write {
  const { id, subscriberId, loginId, openedAt, seenAt, endedAt, ...body } = value
  const row = {
    id,
    token_hash: tokenHash,
    subscriber_id: subscriberId,
    login_id: loginId,
    opened_at_ms: openedAt,
    seen_at_ms: seenAt,
    ended_at_ms: endedAt,
    body: JSON.stringify(body),
  }
  return one(
    db.write
      .insertInto('session')
      .values(row)
      .onConflict((oc) => oc.doNothing()),
  )
}

type Body = Omit<Session, 'id' | 'subscriberId' | 'loginId' | 'openedAt' | 'seenAt' | 'endedAt'>

function sessionOf(row: Selectable<Tables['session']>): Session {
  return {
    ...(JSON.parse(row.body) as Body),
    id: row.id as SessionId,
    subscriberId: row.subscriber_id as SubscriberId,
    loginId: row.login_id as Session['loginId'],
    openedAt: instant(row.opened_at_ms),
    seenAt: instant(row.seen_at_ms),
    endedAt: row.ended_at_ms === null ? null : instant(row.ended_at_ms),
  }
}
