import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { type Enrolment, stateIn } from '#core/devices/enrolment.ts'
import type { Effect } from '#core/login/state.ts'
import type { Json } from '#core/json.ts'
import type { AuthenticatorId, EnrolmentId, SessionId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorWrites, bindingWrites } from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import { type ContactChange, contactWrites } from '#store/contact/addresses.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { any, one, overVersion } from '#store/queries/writes.ts'

const ENROLMENT = [
  'enrolment.id',
  'enrolment.version',
  'enrolment.subscriber_id',
  'enrolment.method',
  'enrolment.token_hash',
  'enrolment.state',
  'enrolment.created_at_ms',
  'enrolment.expires_at_ms',
  'enrolment.session_id',
  'enrolment.body',
] as const

export interface EnrolmentCommit {
  readonly now: Instant
  /** A new one cancels the one that was open for this subscriber. */
  readonly enrolment: Written<Enrolment>
  readonly bind?: {
    readonly authenticator: Authenticator
    readonly subscriberIds: readonly SubscriberId[]
  }
  readonly revoke?: readonly Versioned<Authenticator>[]
  /** The address that was proven. */
  readonly contact?: ContactChange
  /** What ends with it; it is held to the stamp and the session that it names. */
  readonly ended?: Ended
  /** What it rests on, where nothing ends with it. */
  readonly standing?: Standing
  readonly effects?: readonly Effect[]
  readonly events: readonly AuditEvent[]
}

export async function findEnrolment(db: Db, id: EnrolmentId): Promise<Versioned<Enrolment> | null> {
  const row = await enrolments(db).where('enrolment.id', '=', id).executeTakeFirst()
  return row ? enrolmentOf(db, row) : null
}

/** By the keyed hash of its long code, in whatever state it is. */
export async function findEnrolmentByToken(
  db: Db,
  tokenHash: string,
): Promise<Versioned<Enrolment> | null> {
  const row = await enrolments(db).where('enrolment.token_hash', '=', tokenHash).executeTakeFirst()
  return row ? enrolmentOf(db, row) : null
}

/**
 * The one open enrolment of the subscriber with this user name (`userNameKey`); it may be past its
 * time.
 */
export async function findOpenEnrolment(
  db: Db,
  nameKey: string,
): Promise<Versioned<Enrolment> | null> {
  const row = await enrolments(db)
    .where('subscriber.name_key', '=', nameKey)
    .where(isOpen)
    .executeTakeFirst()
  return row ? enrolmentOf(db, row) : null
}

/** By what it bound, and for as long as it is remembered. */
export async function findEnrolmentThatBound(
  db: Db,
  id: AuthenticatorId,
): Promise<Versioned<Enrolment> | null> {
  const row = await enrolments(db).where('enrolment.bound_id', '=', id).executeTakeFirst()
  return row ? enrolmentOf(db, row) : null
}

/** With what it belongs to: a session, and the state that its client was in. */
const enrolments = (db: Db) =>
  db.read
    .selectFrom('enrolment')
    .innerJoin('subscriber', 'subscriber.id', 'enrolment.subscriber_id')
    .leftJoin('session', 'session.id', 'enrolment.session_id')
    .select(ENROLMENT)
    .select(['session.ended_at_ms', 'subscriber.security_stamp'])

/** @returns `false`, and writes nothing, when anything in it was written since it was read. */
export async function commitEnrolment(db: Db, commit: EnrolmentCommit): Promise<boolean> {
  const { now, enrolment, bind, revoke = [], contact, ended, standing, events } = commit
  return db.commit([
    ...(standing ? standingWrites(db, standing) : []),
    ...(ended ? endingWrites(db, ended, now) : []),
    ...enrolmentWrites(db, enrolment),
    ...authenticatorWrites(db, revoke),
    ...(bind ? bindingWrites(db, bind.authenticator, bind.subscriberIds) : []),
    ...(contact ? contactWrites(db, contact) : []),
    ...outboxWrites(db, commit.effects ?? [], stepOf(enrolment, now)),
    ...eventWrites(db, events, now),
  ])
}

const stepOf = ({ value, version }: Written<Enrolment>, now: Instant) => ({
  id: value.id,
  version: (version ?? 0) + 1,
  now,
})

/**
 * At most one is open for a subscriber, and a unique index holds that: of two that are begun at
 * once, one is not written. So no two phones are ever bound by invitations that did not know of
 * each other.
 */
function enrolmentWrites(db: Db, { value, version }: Written<Enrolment>): readonly Write[] {
  const { id, subscriberId, method, tokenHash, state, createdAt, expiresAt, sessionId, ...kept } =
    value
  const body = sealed(db, enrolmentPlace(id), kept satisfies Body as unknown as Json)
  if (version !== null) {
    const update = db.write
      .updateTable('enrolment')
      .set({ state, body, bound_id: value.bound, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
    return [overVersion(version, update)]
  }
  const cancel = db.write
    .updateTable('enrolment')
    .set((eb) => ({ state: 'cancelled', version: eb('version', '+', 1) }))
    .where('subscriber_id', '=', subscriberId)
    .where(isOpen)
  const insert = db.write.insertInto('enrolment').values({
    id,
    version: 1,
    subscriber_id: subscriberId,
    method,
    token_hash: tokenHash,
    state,
    created_at_ms: createdAt,
    expires_at_ms: expiresAt,
    session_id: sessionId,
    body,
  })
  return [any(cancel), one(insert.onConflict((oc) => oc.doNothing()))]
}

/** Written out, not as a parameter: the index of open enrolments is found by these words. */
const isOpen = sql<boolean>`enrolment.state = 'open'`

export const enrolmentPlace = (id: string) => ({ table: 'enrolment', column: 'body', row: id })

type Row = Omit<Selectable<Tables['enrolment']>, 'bound_id'> &
  Pick<Selectable<Tables['subscriber']>, 'security_stamp'> & { readonly ended_at_ms: number | null }

function enrolmentOf(db: Db, row: Row): Versioned<Enrolment> {
  const kept = unsealed(db, enrolmentPlace(row.id), row.body) as unknown as Body
  // One that was begun before there were stamps belongs to the first state.
  const { stamp = 0, confirmed = null, confirmedIn = null } = kept as Partial<Body>
  const body = { ...kept, stamp, confirmed, confirmedIn }
  const begun = { state: row.state as Enrolment['state'], stamp: body.stamp }
  const value: Enrolment = {
    ...body,
    id: row.id as EnrolmentId,
    subscriberId: row.subscriber_id as SubscriberId,
    method: row.method,
    tokenHash: row.token_hash,
    state: stateIn(begun, {
      sessionEndedAt: row.ended_at_ms,
      securityStamp: row.security_stamp,
    }),
    createdAt: instant(row.created_at_ms),
    expiresAt: instant(row.expires_at_ms),
    sessionId: row.session_id as SessionId,
  }
  return { value, version: row.version }
}

/** What has no column of its own. */
type Body = Omit<Enrolment, 'id' | 'subscriberId' | 'method' | 'tokenHash' | 'state' | Times>
type Times = 'createdAt' | 'expiresAt' | 'sessionId'
