import type { AuditEvent } from '#core/audit.ts'
import type { Authenticator } from '#core/authenticator.ts'
import type { Enrolment } from '#core/enrolment.ts'
import type { EnrolmentId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'
import type { SessionsOf } from '#store/sessions.ts'
import type { Versioned, Written } from '#store/versioned.ts'

export interface EnrolmentCommit {
  readonly now: Instant
  /** A new one cancels the one that was open for this subscriber. */
  readonly enrolment: Written<Enrolment>
  readonly bind?: {
    readonly authenticator: Authenticator
    readonly subscriberIds: readonly SubscriberId[]
  }
  readonly revoke?: readonly Versioned<Authenticator>[]
  readonly endSessionsOf?: SessionsOf
  readonly events: readonly AuditEvent[]
}

export async function findEnrolment(
  db: Db,
  id: EnrolmentId,
): Promise<Versioned<Enrolment> | null> {
  throw new Error('not written yet')
}

/** By the keyed hash of its long code, in whatever state it is. */
export async function findEnrolmentByToken(
  db: Db,
  tokenHash: string,
): Promise<Versioned<Enrolment> | null> {
  throw new Error('not written yet')
}

/** The one open enrolment of the subscriber with this user name (`userNameKey`); it may be past its time. */
export async function findOpenEnrolment(
  db: Db,
  nameKey: string,
): Promise<Versioned<Enrolment> | null> {
  throw new Error('not written yet')
}

/** @returns `false`, and writes nothing, when anything in it was written since it was read. */
export async function commitEnrolment(db: Db, commit: EnrolmentCommit): Promise<boolean> {
  throw new Error('not written yet')
}
