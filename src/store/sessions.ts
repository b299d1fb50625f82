import type { AuditEvent } from '#core/audit.ts'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import type { Session } from '#core/session.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** Which sessions: these, or all of a subscriber but one. */
export type SessionsOf =
  | { readonly ids: readonly SessionId[] }
  | { readonly subscriberId: SubscriberId; readonly except?: SessionId }

/** Finds a session by the SHA-256 of its token, open or not: `isOpen` is the caller's question. */
export async function findSession(db: Db, tokenHash: Uint8Array): Promise<Session | null> {
  throw new Error('not written yet')
}

export async function findSessionById(db: Db, id: SessionId): Promise<Session | null> {
  throw new Error('not written yet')
}

/** The open sessions of a subscriber, last seen first; at most 100. */
export async function listSessions(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<readonly Session[]> {
  throw new Error('not written yet')
}

/** Notes that a session was used, at most once in `SEEN_GRAIN`; an ended one stays as it is. */
export async function touchSession(db: Db, id: SessionId, at: Instant): Promise<void> {
  throw new Error('not written yet')
}

/** Ends sessions that have not ended; @returns how many. The events are written in any case. */
export async function endSessions(
  db: Db,
  commit: SessionsOf & { readonly now: Instant; readonly events: readonly AuditEvent[] },
): Promise<number> {
  throw new Error('not written yet')
}
