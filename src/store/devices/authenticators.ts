import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator, Lifecycle } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { holdWrite, type NewHold } from '#store/holds.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { type Challenge, challengeWrite } from '#store/devices/challenges.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { behind, type Due, DUE_AT_ONCE, everyDue } from '#store/queries/due.ts'
import { type Ended, endingWrites } from '#store/endings.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { any, changing, one, overVersion } from '#store/queries/writes.ts'

const AUTHENTICATOR = [
  'authenticator.id',
  'authenticator.version',
  'authenticator.method',
  'authenticator.label',
  'authenticator.model',
  'authenticator.lifecycle',
  'authenticator.failures',
  'authenticator.created_at_ms',
  'authenticator.used_at_ms',
  'authenticator.expires_at_ms',
  'authenticator.pending_until_ms',
  'authenticator.rests_since_ms',
  'authenticator.state',
] as const

export interface BoundAuthenticator extends Versioned<Authenticator> {
  /** Whom it serves: one device may be shared. */
  readonly subscriberIds: readonly SubscriberId[]
}

export async function findAuthenticator(
  db: Db,
  id: AuthenticatorId,
): Promise<BoundAuthenticator | null> {
  const rows = await db.ask(boundById(db, { id }))
  const [first] = rows
  if (!first) return null
  const subscriberIds = rows.flatMap((row) => (row.subscriber_id ? [row.subscriber_id] : []))
  return { ...authenticatorOf(db, first), subscriberIds: subscriberIds as SubscriberId[] }
}

const boundById = prepared((db, { id }: { readonly id: AuthenticatorId }) =>
  db.read
    .selectFrom('authenticator')
    .leftJoin('binding', 'binding.authenticator_id', 'authenticator.id')
    .select(AUTHENTICATOR)
    .select('binding.subscriber_id')
    .where('authenticator.id', '=', id),
)

/**
 * Every authenticator that serves a subscriber, whatever its lifecycle, last used first; at most
 * 100.
 */
export async function listAuthenticators(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Authenticator>[]> {
  const rows = await db.ask(authenticatorsOf(db, { subscriberId }))
  return lastUsedFirst(rows).map((row) => authenticatorOf(db, row))
}

/**
 * An authenticator without what only its method may know: to tell what a client holds takes no key.
 */
export type Holding = Omit<Authenticator, 'state'>

/** As `listAuthenticators`, for a caller that only shows them: nothing sealed is read or opened. */
export async function listHoldings(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Holding[]> {
  return lastUsedFirst(await db.ask(holdingsOf(db, { subscriberId }))).map(holdingOf)
}

const AUTHENTICATORS_MAX = 100

const authenticatorsOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  boundTo(db, subscriberId).select(AUTHENTICATOR),
)

const holdingsOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  boundTo(db, subscriberId).select(HOLDING),
)

const HOLDING = [
  ...(['authenticator.id', 'authenticator.method', 'authenticator.label'] as const),
  ...(['authenticator.lifecycle', 'authenticator.failures'] as const),
  ...(['authenticator.created_at_ms', 'authenticator.used_at_ms'] as const),
  ...(['authenticator.expires_at_ms', 'authenticator.pending_until_ms'] as const),
  ...(['authenticator.rests_since_ms', 'authenticator.model'] as const),
] as const

const boundTo = (db: Pick<Db, 'read'>, subscriberId: SubscriberId) =>
  db.read
    .selectFrom('binding')
    .innerJoin('authenticator', 'authenticator.id', 'binding.authenticator_id')
    .where('binding.subscriber_id', '=', subscriberId)
    // What was revoked long ago is what the limit may leave out.
    .orderBy((eb) => eb.fn.coalesce('used_at_ms', 'created_at_ms'), 'desc')
    // Of two that came at once the same is always first, also after one of them was written.
    .orderBy('authenticator.id')
    .limit(atMost(AUTHENTICATORS_MAX))

function lastUsedFirst<R extends { readonly used_at_ms: number | null }>(
  rows: readonly R[],
): readonly R[] {
  const used = (row: R) => row.used_at_ms ?? -1
  return rows.toSorted((one, other) => used(other) - used(one))
}

/** Those whose waiting is over, the one that has waited longest first. */
export async function* overdueAuthenticators(
  db: Db,
  now: Instant,
): AsyncGenerator<BoundAuthenticator> {
  const page = async (after: Due | null) => {
    const rows = await db.read
      .selectFrom('authenticator')
      .select(['id', 'pending_until_ms as at'])
      .where('pending_until_ms', '<=', now)
      .where('lifecycle', '=', 'active')
      .$if(after !== null, (query) => query.where(behind('pending_until_ms', 'id', after)))
      .orderBy('pending_until_ms')
      .orderBy('id')
      .limit(DUE_AT_ONCE)
      .execute()
    return rows
  }
  for await (const { id } of everyDue(page)) {
    const found = await findAuthenticator(db, id as AuthenticatorId)
    // Between the two reads it may have been stopped, or have come: then its version is that of
    // another story.
    if (found && isOverdue(found.value, now)) yield found
  }
}

const isOverdue = ({ lifecycle, pendingUntil }: Authenticator, now: Instant): boolean =>
  lifecycle === 'active' && pendingUntil !== null && pendingUntil <= now

/** @returns `false`, and writes nothing, when one of them was written since it was read. */
export async function commitAuthenticators(
  db: Db,
  commit: {
    readonly now: Instant
    readonly changed: readonly Versioned<Authenticator>[]
    readonly events: readonly AuditEvent[]
    /**
     * Of each client with whom something ends; in the order of their ids, so that two never wait
     * for each other.
     */
    readonly ended?: Ended | readonly Ended[]
    /** What it rests on, where nothing ends with it. */
    readonly standing?: Standing
    /** A number that one of them is asked, and never was before. */
    readonly challenge?: Challenge
    /** One of them serves this subscriber no more. */
    readonly unbound?: Binding
    readonly hold?: NewHold | readonly NewHold[]
    /** What is written first: the desk uses a warrant up, or writes down a proof. */
    readonly besides?: readonly Write[]
    /** What becomes of the deposit for one of them. */
    readonly deposit?: readonly Write[]
  },
): Promise<boolean> {
  const { now, changed, events, ended = [], standing, challenge, unbound, hold = [] } = commit
  return db.commit([
    ...(commit.besides ?? []),
    ...(standing ? standingWrites(db, standing) : []),
    ...[ended].flat().flatMap((one) => endingWrites(db, one, now)),
    ...authenticatorWrites(db, changed),
    ...(challenge ? [challengeWrite(db, challenge, now)] : []),
    ...(unbound ? [unbindingWrite(db, unbound)] : []),
    ...[hold].flat().map((one) => holdWrite(db, one, now)),
    ...(commit.deposit ?? []),
    ...eventWrites(db, events, now),
  ])
}

interface Binding {
  readonly subscriberId: SubscriberId
  readonly authenticatorId: AuthenticatorId
}

export const unbindingWrite = (db: Db, { subscriberId, authenticatorId }: Binding): Write =>
  one(
    db.write
      .deleteFrom('binding')
      .where('subscriber_id', '=', subscriberId)
      .where('authenticator_id', '=', authenticatorId),
  )

/** In the order of their ids, so that two commits never wait for each other in a circle. */
export function authenticatorWrites(
  db: Db,
  changed: readonly Versioned<Authenticator>[],
): readonly Write[] {
  return changed
    .toSorted((one, other) => (one.value.id < other.value.id ? -1 : 1))
    .map(({ value, version }) =>
      overVersion(
        version,
        authenticatorUpdate(db, {
          ...changeable(db, value),
          id: value.id,
          version,
          next: version + 1,
        }),
      ),
    )
}

interface Changed extends ReturnType<typeof changeable> {
  readonly id: AuthenticatorId
  readonly version: number
  readonly next: number
}

const authenticatorUpdate = prepared((db, changed: Changed) =>
  db.write
    .updateTable('authenticator')
    .set({
      label: changed.label,
      lifecycle: changed.lifecycle,
      failures: changed.failures,
      used_at_ms: changed.used_at_ms,
      expires_at_ms: changed.expires_at_ms,
      pending_until_ms: changed.pending_until_ms,
      rests_since_ms: changed.rests_since_ms,
      state: changed.state,
      version: changed.next,
    })
    .where('id', '=', changed.id)
    .where('version', '=', changed.version),
)

/** A new authenticator and whom it serves. */
export function bindingWrites(
  db: Db,
  value: Authenticator,
  subscriberIds: readonly SubscriberId[],
): readonly Write[] {
  const { id, method, model, createdAt } = value
  const row = { id, method, model, created_at_ms: createdAt, version: 1, ...changeable(db, value) }
  const bindings = subscriberIds.map((subscriberId) => ({
    subscriber_id: subscriberId,
    method,
    authenticator_id: id,
  }))
  // One that was drawn before it is bound can be bound by two at once: one of them finds it there.
  const insert = db.write.insertInto('authenticator').values(row)
  const bind = db.write.insertInto('binding').values(bindings)
  return [
    one(insert.onConflict((oc) => oc.doNothing())),
    changing(
      bindings.length,
      bind.onConflict((oc) => oc.doNothing()),
    ),
  ]
}

export interface RenewedState {
  readonly id: AuthenticatorId
  /** The version that was read. */
  readonly version: number
  readonly state: Json
}

/**
 * Writes the same secret in another form. The version stays: what was read with it is still true,
 * and where another commit was faster nothing is written.
 */
export async function renewState(db: Db, { id, version, state }: RenewedState): Promise<void> {
  const renewed = db.write
    .updateTable('authenticator')
    .set({ state: sealed(db, authenticatorSeal(id), state) })
    .where('id', '=', id)
    .where('version', '=', version)
  await db.commit([any(renewed)])
}

export const authenticatorSeal = (id: string) => ({
  table: 'authenticator',
  column: 'state',
  row: id,
})

const changeable = (db: Db, value: Authenticator) => ({
  label: value.label,
  lifecycle: value.lifecycle,
  failures: value.failures,
  used_at_ms: value.usedAt,
  expires_at_ms: value.expiresAt,
  pending_until_ms: value.pendingUntil,
  rests_since_ms: value.restsSince,
  state: sealed(db, authenticatorSeal(value.id), value.state),
})

export function authenticatorOf(
  db: Db,
  row: Selectable<Tables['authenticator']>,
): Versioned<Authenticator> {
  const state = unsealed(db, authenticatorSeal(row.id), row.state)
  return { value: { ...holdingOf(row), state }, version: row.version }
}

function holdingOf(row: Omit<Selectable<Tables['authenticator']>, 'version' | 'state'>): Holding {
  return {
    id: row.id as AuthenticatorId,
    method: row.method,
    label: row.label,
    model: row.model,
    lifecycle: row.lifecycle as Lifecycle,
    failures: row.failures,
    createdAt: instant(row.created_at_ms),
    usedAt: row.used_at_ms === null ? null : instant(row.used_at_ms),
    expiresAt: row.expires_at_ms === null ? null : instant(row.expires_at_ms),
    pendingUntil: row.pending_until_ms === null ? null : instant(row.pending_until_ms),
    restsSince: row.rests_since_ms === null ? null : instant(row.rests_since_ms),
  }
}
