import type { Selectable } from 'kysely'
import type { CallerProof, CallStanding } from '#core/desk/verification.ts'
import { NO_CALLS } from '#core/desk/verification.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { CASE_LIFETIME } from '#core/desk/case.ts'
import type { CaseId, SubscriberId, VerificationId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { before, type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

const STANDING = [
  ...(['subscriber_id', 'version', 'failed_at', 'stopped_until_ms'] as const),
  ...(['changed_class', 'changed_at_ms', 'free_deeds', 'pressed'] as const),
] as const

/** What all calls of a client have in common; its version is `null` for one who never called. */
export async function findCallStanding(
  db: Db,
  subscriberId: SubscriberId,
): Promise<Written<CallStanding>> {
  const [row] = await db.ask(standingOf(db, { subscriberId }))
  return row ? callStandingOf(row) : { value: NO_CALLS, version: null }
}

const standingOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read.selectFrom('call_standing').select(STANDING).where('subscriber_id', '=', subscriberId),
)

/** Over the version that was read, or for the first time: of two failures at once both count. */
export function callStandingWrite(
  db: Db,
  subscriberId: SubscriberId,
  { value, version }: Written<CallStanding>,
): Write {
  const columns = {
    failed_at: JSON.stringify(value.failedAt),
    stopped_until_ms: value.stoppedUntil,
    changed_class: value.changed?.of ?? null,
    changed_at_ms: value.changed?.at ?? null,
    free_deeds: JSON.stringify(value.free),
    pressed: JSON.stringify(value.pressed),
  }
  if (version === null) {
    return one(
      db.write
        .insertInto('call_standing')
        .values({ ...columns, subscriber_id: subscriberId, version: 1 })
        .onConflict((oc) => oc.doNothing()),
    )
  }
  return one(
    db.write
      .updateTable('call_standing')
      .set({ ...columns, version: version + 1 })
      .where('subscriber_id', '=', subscriberId)
      .where('version', '=', version),
  )
}

/** No proof has failed and none was accepted since it was read. */
export const callStandingStays = (db: Db, subscriberId: SubscriberId, version: number): Write =>
  one(
    db.write
      .updateTable('call_standing')
      .set({ version })
      .where('subscriber_id', '=', subscriberId)
      .where('version', '=', version),
  )

function callStandingOf(row: Selectable<Tables['call_standing']>): Versioned<CallStanding> {
  const { changed_class: of, changed_at_ms: at } = row
  const value: CallStanding = {
    failedAt: (JSON.parse(row.failed_at) as number[]).map(instant),
    stoppedUntil: row.stopped_until_ms === null ? null : instant(row.stopped_until_ms),
    changed: of === null || at === null ? null : { of: of as DeedClass, at: instant(at) },
    free: JSON.parse(row.free_deeds ?? '{}') as CallStanding['free'],
    pressed: JSON.parse(row.pressed ?? '[]') as CallStanding['pressed'],
  }
  return { value, version: row.version }
}

const PROOF = ['id', 'version', 'case_id', 'state', 'expires_at_ms', 'body'] as const
const ASKED = [
  ...(['caller_proof.id', 'caller_proof.version', 'caller_proof.case_id'] as const),
  ...(['caller_proof.state', 'caller_proof.expires_at_ms', 'caller_proof.body'] as const),
] as const

export async function findCallerProof(
  db: Db,
  id: VerificationId,
): Promise<Versioned<CallerProof> | null> {
  const [row] = await db.ask(proofById(db, { id }))
  return row ? callerProofOf(db, row) : null
}

const proofById = prepared((db, { id }: { readonly id: VerificationId }) =>
  db.read.selectFrom('caller_proof').select(PROOF).where('id', '=', id),
)

/** The proof that was begun last on a case; `null` for none. */
export async function findLatestCallerProof(
  db: Db,
  caseId: CaseId,
): Promise<Versioned<CallerProof> | null> {
  const [row] = await db.ask(latestProof(db, { caseId }))
  return row ? callerProofOf(db, row) : null
}

const latestProof = prepared((db, { caseId }: { readonly caseId: CaseId }) =>
  db.read
    .selectFrom('caller_proof')
    .select(PROOF)
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .limit(1),
)

/** What a client is asked in open cases and has not answered yet, newest first; at most 20. */
export async function listOpenCallerProofs(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<readonly Versioned<CallerProof>[]> {
  const since = before(now, CASE_LIFETIME)
  const rows = await db.ask(openProofsOf(db, { subscriberId, since, now }))
  return rows.map((row) => callerProofOf(db, row))
}

const PROOFS_MAX = 20

interface OpenNow {
  readonly subscriberId: SubscriberId
  readonly since: Instant
  readonly now: Instant
}

const openProofsOf = prepared((db, { subscriberId, since, now }: OpenNow) =>
  db.read
    .selectFrom('desk_case')
    .innerJoin('caller_proof', 'caller_proof.case_id', 'desk_case.id')
    .select(ASKED)
    .where('desk_case.subscriber_id', '=', subscriberId)
    .where('desk_case.closed_at_ms', 'is', null)
    .where('desk_case.opened_at_ms', '>', since)
    .where('caller_proof.state', '=', 'open')
    .where('caller_proof.expires_at_ms', '>', now)
    .orderBy('caller_proof.id', 'desc')
    .limit(atMost(PROOFS_MAX)),
)

/** What is asked under this code now; `null` for nothing. */
export async function findCallerProofByCode(
  db: Db,
  code: string,
  now: Instant,
): Promise<Versioned<CallerProof> | null> {
  const [row] = await db.ask(proofByCode(db, { code, now }))
  return row ? callerProofOf(db, row) : null
}

const proofByCode = prepared(
  (db, { code, now }: { readonly code: string; readonly now: Instant }) =>
    db.read
      .selectFrom('caller_proof')
      .select(PROOF)
      .where('code', '=', code)
      .where('state', '=', 'open')
      .where('expires_at_ms', '>', now),
)

/** A code whose time is over is free again: nothing is asked under it any more. */
export const freeCallCode = async (db: Db, code: string, now: Instant): Promise<unknown> =>
  await db.commit([
    any(
      db.write
        .updateTable('caller_proof')
        .set({ code: null })
        .where('code', '=', code)
        .where('expires_at_ms', '<=', now),
    ),
  ])

/**
 * A new one, or what came of it: answered once, also by two agents at the same moment. Of two new
 * ones with the same code one is written.
 *
 * @param code as `findCallerProofByCode` looks for it, where it is asked on a page
 */
export function callerProofWrite(
  db: Db,
  { value, version }: Written<CallerProof>,
  code: string | null = null,
): Write {
  const { id, caseId, state, expiresAt } = value
  const body = sealed(db, callerProofPlace(id), value as unknown as Json)
  if (version === null) {
    const row = { id, version: 1, case_id: caseId, state, expires_at_ms: expiresAt, code, body }
    return one(
      db.write
        .insertInto('caller_proof')
        .values(row)
        .onConflict((oc) => oc.doNothing()),
    )
  }
  return one(
    db.write
      .updateTable('caller_proof')
      .set({ state, body, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('state', '=', 'open'),
  )
}

export const callerProofPlace = (id: string) => ({ table: 'caller_proof', column: 'body', row: id })

const callerProofOf = (
  db: Db,
  row: Pick<Selectable<Tables['caller_proof']>, 'id' | 'version' | 'expires_at_ms' | 'body'>,
): Versioned<CallerProof> => ({
  value: {
    ...(unsealed(db, callerProofPlace(row.id), row.body) as unknown as CallerProof),
    // The fence of a restored database ends it there, where nothing is sealed.
    expiresAt: instant(row.expires_at_ms),
  },
  version: row.version,
})
