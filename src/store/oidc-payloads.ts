import type { SessionId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'

/** Ids here are secrets to whoever holds them (an opaque token is its own id): only hashes are stored. */
export interface OidcKey {
  readonly model: string
  readonly id: string
}

export interface OidcPayload {
  readonly payload: Json
  readonly expiresAt: Instant | null
  readonly consumedAt: Instant | null
}

export interface OidcUpsert extends OidcKey {
  readonly payload: Json
  readonly expiresAt: Instant | null
  readonly grantId?: string
  readonly uid?: string
  readonly userCode?: string
}

export async function upsertOidc(db: Db, upsert: OidcUpsert): Promise<void> {
  throw new Error('not written yet')
}

/** `null` when there is none, or its time is over. */
export async function findOidc(db: Db, key: OidcKey, now: Instant): Promise<OidcPayload | null> {
  throw new Error('not written yet')
}

export async function findOidcByUid(
  db: Db,
  key: { readonly model: string; readonly uid: string },
  now: Instant,
): Promise<OidcPayload | null> {
  throw new Error('not written yet')
}

export async function findOidcByUserCode(
  db: Db,
  key: { readonly model: string; readonly userCode: string },
  now: Instant,
): Promise<OidcPayload | null> {
  throw new Error('not written yet')
}

/** @returns `false` when it was consumed before or is gone: the caller must refuse. */
export async function consumeOidc(db: Db, key: OidcKey, now: Instant): Promise<boolean> {
  throw new Error('not written yet')
}

export async function destroyOidc(db: Db, key: OidcKey): Promise<void> {
  throw new Error('not written yet')
}

/** Everything that was issued under a grant is gone. */
export async function revokeGrant(db: Db, grantId: string): Promise<void> {
  throw new Error('not written yet')
}

/** Remembers which grants a session has given, so that its end can take them back. */
export async function linkGrant(db: Db, sessionId: SessionId, grantId: string): Promise<void> {
  throw new Error('not written yet')
}

export async function listGrants(db: Db, sessionId: SessionId): Promise<readonly string[]> {
  throw new Error('not written yet')
}
