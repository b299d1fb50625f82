import type { AuditEvent } from '#core/audit.ts'
import type { Authenticator } from '#core/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'
import type { SessionsOf } from '#store/sessions.ts'
import type { Versioned } from '#store/versioned.ts'

export interface BoundAuthenticator extends Versioned<Authenticator> {
  /** Whom it serves: one device may be shared. */
  readonly subscriberIds: readonly SubscriberId[]
}

export async function findAuthenticator(
  db: Db,
  id: AuthenticatorId,
): Promise<BoundAuthenticator | null> {
  throw new Error('not written yet')
}

/** Every authenticator that serves a subscriber, whatever its lifecycle, last used first; at most 100. */
export async function listAuthenticators(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Authenticator>[]> {
  throw new Error('not written yet')
}

/** @returns `false`, and writes nothing, when one of them was written since it was read. */
export async function commitAuthenticators(
  db: Db,
  commit: {
    readonly now: Instant
    readonly changed: readonly Versioned<Authenticator>[]
    readonly events: readonly AuditEvent[]
    readonly endSessionsOf?: SessionsOf
  },
): Promise<boolean> {
  throw new Error('not written yet')
}
