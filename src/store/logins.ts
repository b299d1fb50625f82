import type { AuditEvent } from '#core/audit.ts'
import type { Authenticator } from '#core/authenticator.ts'
import type { Browser } from '#core/browser.ts'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import type { Effect, Login } from '#core/login.ts'
import type { Session } from '#core/session.ts'
import type { Throttle } from '#core/throttle.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'
import type { Versioned, Written } from '#store/versioned.ts'

/** Everything that one step of a login writes. */
export interface LoginCommit {
  readonly now: Instant
  readonly login: Written<Login>
  readonly authenticators?: readonly Versioned<Authenticator>[]
  /** `NO_FAILURES` deletes the row. */
  readonly throttles?: readonly (Written<Throttle> & { readonly key: string })[]
  /** A number that this authenticator was never asked before. */
  readonly challenge?: { readonly authenticatorId: AuthenticatorId; readonly number: string }
  readonly session?: { readonly value: Session; readonly tokenHash: Uint8Array }
  readonly browser?: Written<Browser> & { readonly cookieHash: Uint8Array }
  readonly effects: readonly Effect[]
  readonly events: readonly AuditEvent[]
}

export async function findLogin(db: Db, id: LoginId): Promise<Versioned<Login> | null> {
  throw new Error('not written yet')
}

/**
 * Writes one step of a login, what it used up and what it leads to: all of it or nothing.
 *
 * @returns `false`, and writes nothing, when anything in it was written since it was read, or when the
 *   challenge was asked before.
 */
export async function commitLogin(db: Db, commit: LoginCommit): Promise<boolean> {
  throw new Error('not written yet')
}

/** The logins that wait for an answer of this authenticator now, newest first, at most ten. */
export async function listOpenChallenges(
  db: Db,
  authenticatorId: AuthenticatorId,
  now: Instant,
): Promise<readonly Versioned<Login>[]> {
  throw new Error('not written yet')
}

/** The latest logins that this authenticator was asked for, in whatever state they are now. */
export async function listAnswered(
  db: Db,
  authenticatorId: AuthenticatorId,
  limit: number,
): Promise<readonly Login[]> {
  throw new Error('not written yet')
}

/** Logins of a subscriber, newest first; `before` is the last one of the page before. */
export async function listLogins(
  db: Db,
  subscriberId: SubscriberId,
  page: { readonly before?: LoginId; readonly limit: number },
): Promise<readonly Login[]> {
  throw new Error('not written yet')
}

/** That a device has shown a challenge to its holder. */
export interface Receipt {
  readonly loginId: LoginId
  /** When the challenge was opened: it names which challenge of the login. */
  readonly openedAt: Instant
  readonly kind: 'received' | 'opened'
  readonly at: Instant
}

export async function listReceipts(
  db: Db,
  loginId: LoginId,
  openedAt: Instant,
): Promise<readonly Receipt[]> {
  throw new Error('not written yet')
}

/** The first receipt of a kind counts; later ones change nothing. */
export async function recordReceipt(db: Db, receipt: Receipt): Promise<void> {
  throw new Error('not written yet')
}
