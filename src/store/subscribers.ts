import type { Account, Subscriber } from '#core/account.ts'
import type { AuditEvent } from '#core/audit.ts'
import type { Authenticator } from '#core/authenticator.ts'
import type { Browser } from '#core/browser.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Throttle } from '#core/throttle.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'
import type { Versioned } from '#store/versioned.ts'

/** All that the first step of a login must know of whoever claims a user name. */
export interface Claimant {
  readonly subscriber: Subscriber | null
  readonly accounts: readonly Account[]
  /** The active authenticator of the method that was asked for, such as the password. */
  readonly password: Versioned<Authenticator> | null
  /** How often strangers have guessed at this name; kept for names that nobody has, too. */
  readonly throttle: Versioned<Throttle> | null
  /** The browser, if this subscriber has used it before. */
  readonly browser: Versioned<Browser> | null
  /** How often that browser has guessed. */
  readonly browserThrottle: Versioned<Throttle> | null
}

/** One round trip, and the same work for a name that nobody has. */
export async function findClaimant(
  db: Db,
  claim: {
    /** As `userNameKey` makes it. */
    readonly nameKey: string
    readonly browserHash: Uint8Array | null
    /** The method whose authenticator is wanted: the one that stands first at the login page. */
    readonly method: string
  },
): Promise<Claimant> {
  throw new Error('not written yet')
}

export async function findSubscriber(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<Subscriber> | null> {
  throw new Error('not written yet')
}

export async function listAccounts(db: Db, subscriberId: SubscriberId): Promise<readonly Account[]> {
  throw new Error('not written yet')
}

/** @returns `false`, and writes nothing, when the user name or an account number is taken. */
export async function createSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Subscriber
    readonly accounts: readonly Account[]
    readonly authenticators: readonly Authenticator[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  throw new Error('not written yet')
}

/** Language and `seamless` may change; @returns `false` when it was written since it was read. */
export async function updateSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Versioned<Subscriber>
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  throw new Error('not written yet')
}
