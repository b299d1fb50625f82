import type { Selectable } from 'kysely'
import { type SessionId, type SubscriberId } from '#core/ids.ts'
import { SEEN_GRAIN, type Session, SESSION_ABSOLUTE, SESSION_IDLE } from '#core/sessions/session.ts'
import { before, type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Tables } from '#store/database/tables.ts'
import { among, any, one } from '#store/queries/writes.ts'

/** What is read of a session: what its token is hashed to is only looked for. */
export const SESSION = [
  ...(['id', 'subscriber_id', 'login_id', 'opened_at_ms', 'seen_at_ms'] as const),
  ...(['ended_at_ms', 'body'] as const),
] as const

export async function findSessionById(db: Db, id: SessionId): Promise<Session | null> {
  const [row] = await db.ask(sessionById(db, { id }))
  return row ? sessionOf(row) : null
}

const sessionById = prepared((db, { id }: { readonly id: SessionId }) =>
  db.read.selectFrom('session').select(SESSION).where('id', '=', id),
)

/** Those of these sessions that there still are, open or not, in no order. */
export async function listSessionsById(
  db: Db,
  ids: readonly SessionId[],
): Promise<readonly Session[]> {
  const rows = await db.read
    .selectFrom('session')
    .select(SESSION)
    .where('id', 'in', among(ids.slice(0, SESSIONS_MAX)))
    .execute()
  return rows.map(sessionOf)
}

/** The open sessions of a subscriber, last seen first; at most 100. */
export async function listSessions(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<readonly Session[]> {
  const openedAfter = before(now, SESSION_ABSOLUTE)
  const seenAfter = before(now, SESSION_IDLE)
  const rows = await db.ask(openSessions(db, { subscriberId, openedAfter, seenAfter }))
  return rows.map(sessionOf)
}

const SESSIONS_MAX = 100

interface Open {
  readonly subscriberId: SubscriberId
  readonly openedAfter: Instant
  readonly seenAfter: Instant
}

const openSessions = prepared((db, { subscriberId, openedAfter, seenAfter }: Open) =>
  db.read
    .selectFrom('session')
    .select(SESSION)
    .where('subscriber_id', '=', subscriberId)
    .where('ended_at_ms', 'is', null)
    .where('opened_at_ms', '>', openedAfter)
    .where('seen_at_ms', '>', seenAfter)
    .orderBy('seen_at_ms', 'desc')
    .limit(atMost(SESSIONS_MAX)),
)

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

/** Two sessions of one login would break its unique key: a login opens one. */
export function openingWrite(
  db: Db,
  { value, tokenHash }: { readonly value: Session; readonly tokenHash: Uint8Array },
): Write {
  const { id, subscriberId, loginId, openedAt, seenAt, endedAt, ...body } = value
  const times = { openedAt, seenAt, endedAt }
  const row = { ...times, id, tokenHash, subscriberId, loginId, body: JSON.stringify(body) }
  return one(sessionInsert(db, row))
}

type SessionRow = Omit<Session, keyof Body> & {
  readonly tokenHash: Uint8Array
  readonly body: string
}

const sessionInsert = prepared((db, row: SessionRow) =>
  db.write
    .insertInto('session')
    .values({
      id: row.id,
      token_hash: row.tokenHash,
      subscriber_id: row.subscriberId,
      login_id: row.loginId,
      opened_at_ms: row.openedAt,
      seen_at_ms: row.seenAt,
      ended_at_ms: row.endedAt,
      body: row.body,
    })
    .onConflict((oc) => oc.doNothing()),
)

type Body = Omit<Session, 'id' | 'subscriberId' | 'loginId' | 'openedAt' | 'seenAt' | 'endedAt'>

export function sessionOf(
  row: Omit<Selectable<Tables['session']>, 'token_hash' | 'disowned_at_ms'>,
): Session {
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
