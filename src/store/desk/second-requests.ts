import type { Selectable } from 'kysely'
import { isCaseOpen } from '#core/desk/case.ts'
import type { Deed } from '#core/desk/deeds.ts'
import {
  type EarlierSecond,
  PAIR_MAX,
  pairOf,
  type SecondRequest,
} from '#core/desk/second-person.ts'
import type { CaseId, MemberId, SecondRequestId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

const REQUEST = [
  ...(['id', 'version', 'case_id', 'member_id', 'second_id'] as const),
  ...(['state', 'asked_at_ms', 'expires_at_ms', 'body'] as const),
] as const

/** The same beside the columns of another table. */
const REQUEST_JOINED = [
  ...(['second_request.id', 'second_request.version', 'second_request.case_id'] as const),
  ...(['second_request.member_id', 'second_request.second_id', 'second_request.state'] as const),
  ...(['second_request.asked_at_ms', 'second_request.expires_at_ms'] as const),
  'second_request.body',
] as const

export async function findSecondRequest(
  db: Db,
  id: SecondRequestId,
): Promise<Versioned<SecondRequest> | null> {
  const [row] = await db.ask(requestById(db, { id }))
  return row ? requestOf(db, row) : null
}

const requestById = prepared((db, { id }: { readonly id: SecondRequestId }) =>
  db.read.selectFrom('second_request').select(REQUEST).where('id', '=', id),
)

const REQUESTS_MAX = 50

/** Those of a case, newest first; at most 50. */
export async function listSecondRequests(
  db: Db,
  caseId: CaseId,
): Promise<readonly SecondRequest[]> {
  const rows = await db.ask(requestsOfCase(db, { caseId }))
  return rows.map((row) => requestOf(db, row).value)
}

const requestsOfCase = prepared((db, { caseId }: { readonly caseId: CaseId }) =>
  db.read
    .selectFrom('second_request')
    .select(REQUEST)
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .limit(atMost(REQUESTS_MAX)),
)

/** Those for a client, in whatever case, since then; newest first, at most 50. */
export async function listSecondRequestsFor(
  db: Db,
  { subscriberId, since, now }: For & { readonly now: Instant },
): Promise<readonly EarlierSecond[]> {
  const rows = await db.ask(requestsFor(db, { subscriberId, since }))
  return rows.map(({ opened_at_ms, closed_at_ms, ...row }) => {
    const closedAt = closed_at_ms === null ? null : instant(closed_at_ms)
    return {
      request: requestOf(db, row).value,
      isCaseOpen: isCaseOpen({ openedAt: instant(opened_at_ms), closedAt }, now),
    }
  })
}

interface For {
  readonly subscriberId: SubscriberId
  readonly since: Instant
}

const requestsFor = prepared((db, { subscriberId, since }: For) =>
  db.read
    .selectFrom('desk_case')
    .innerJoin('second_request', 'second_request.case_id', 'desk_case.id')
    .select(['desk_case.opened_at_ms', 'desk_case.closed_at_ms', ...REQUEST_JOINED])
    .where('desk_case.subscriber_id', '=', subscriberId)
    .where('second_request.asked_at_ms', '>', since)
    .orderBy('second_request.id', 'desc')
    .limit(atMost(REQUESTS_MAX)),
)

/** What this member is asked and has not answered, oldest first; at most 50. */
export async function listAskedOf(
  db: Db,
  secondId: MemberId,
  now: Instant,
): Promise<readonly SecondRequest[]> {
  const rows = await db.ask(askedOf(db, { secondId, now }))
  return rows.map((row) => requestOf(db, row).value)
}

const askedOf = prepared(
  (db, { secondId, now }: { readonly secondId: MemberId; readonly now: Instant }) =>
    db.read
      .selectFrom('second_request')
      .select(REQUEST)
      .where('second_id', '=', secondId)
      .where('state', '=', 'open')
      .where('expires_at_ms', '>', now)
      .orderBy('id')
      .limit(atMost(REQUESTS_MAX)),
)

/** The states of what this member has asked and is asked, for a page that waits; newest first. */
export async function statesAround(
  db: Db,
  memberId: MemberId,
  now: Instant,
): Promise<readonly Pick<SecondRequest, 'id' | 'state'>[]> {
  const rows = await db.ask(around(db, { memberId, now }))
  return rows.map(({ id, state }) => ({
    id: id as SecondRequestId,
    state: state as SecondRequest['state'],
  }))
}

const around = prepared(
  (db, { memberId, now }: { readonly memberId: MemberId; readonly now: Instant }) =>
    db.read
      .selectFrom('second_request')
      .select(['id', 'state'])
      .where((eb) => eb.or([eb('member_id', '=', memberId), eb('second_id', '=', memberId)]))
      .where('expires_at_ms', '>', now)
      .orderBy('id', 'desc')
      .limit(atMost(REQUESTS_MAX)),
)

/** The last requests of a pair, newest first: as many as count in a day. */
export async function listOfPair(
  db: Db,
  [one, other]: readonly [MemberId, MemberId],
  deed: Deed,
): Promise<readonly { readonly seq: number; readonly askedAt: Instant }[]> {
  const rows = await db.ask(ofPair(db, { pair: pairOf(one, other, deed) }))
  return rows.map(({ seq, asked_at_ms }) => ({ seq, askedAt: instant(asked_at_ms) }))
}

const ofPair = prepared((db, { pair }: { readonly pair: string }) =>
  db.read
    .selectFrom('second_request')
    .select(['seq', 'asked_at_ms'])
    .where('pair', '=', pair)
    .orderBy('seq', 'desc')
    .limit(atMost(PAIR_MAX)),
)

/**
 * A new one. Another request of this pair that took the same number at the same moment keeps it,
 * and this one is not written.
 */
export const secondRequestInsert = (db: Db, value: SecondRequest, seq: number): Write =>
  one(
    db.write
      .insertInto('second_request')
      .values({
        id: value.id,
        version: 1,
        case_id: value.caseId,
        member_id: value.memberId,
        second_id: value.secondId,
        pair: pairOf(value.memberId, value.secondId, value.asked.deed),
        seq,
        state: value.state,
        asked_at_ms: value.askedAt,
        expires_at_ms: value.expiresAt,
        body: bodyOf(db, value),
      })
      .onConflict((oc) => oc.doNothing()),
  )

/** The answer of the second person: once, and in time. */
export const secondRequestWrite = (
  db: Db,
  { value, version }: Versioned<SecondRequest>,
  now: Instant,
): Write =>
  one(
    db.write
      .updateTable('second_request')
      .set({ state: value.state, body: bodyOf(db, value), version: version + 1 })
      .where('id', '=', value.id)
      .where('version', '=', version)
      .where('state', '=', 'open')
      .where('expires_at_ms', '>', now),
  )

/** Uses an agreement up, in the commit of its deed: once, on whichever node, and in time. */
export const secondRequestUsed = (
  db: Db,
  asked: Pick<SecondRequest, 'id' | 'caseId' | 'memberId'>,
  now: Instant,
): Write => one(used(db, { ...asked, now }))

const used = prepared(
  (db, asked: Pick<SecondRequest, 'id' | 'caseId' | 'memberId'> & { readonly now: Instant }) =>
    db.write
      .updateTable('second_request')
      .set({ state: 'used' })
      .where('id', '=', asked.id)
      .where('case_id', '=', asked.caseId)
      .where('member_id', '=', asked.memberId)
      .where('state', '=', 'agreed')
      .where('expires_at_ms', '>', asked.now),
)

export const secondRequestPlace = (id: string) => ({
  table: 'second_request',
  column: 'body',
  row: id,
})

/** What has no column of its own. */
type Body = Pick<
  SecondRequest,
  'subscriberId' | 'asked' | 'level' | 'verified' | 'signals' | 'reason' | 'answer'
>

function bodyOf(db: Db, value: SecondRequest): Uint8Array {
  const { id, subscriberId, asked, level, verified, signals, reason, answer } = value
  const body: Body = { subscriberId, asked, level, verified, signals, reason, answer }
  return sealed(db, secondRequestPlace(id), body)
}

function requestOf(
  db: Db,
  row: Omit<Selectable<Tables['second_request']>, 'pair' | 'seq'>,
): Versioned<SecondRequest> {
  const kept = unsealed(db, secondRequestPlace(row.id), row.body) as unknown as Body
  const value: SecondRequest = {
    ...kept,
    id: row.id as SecondRequestId,
    caseId: row.case_id as CaseId,
    memberId: row.member_id as MemberId,
    secondId: row.second_id as MemberId,
    state: row.state as SecondRequest['state'],
    askedAt: instant(row.asked_at_ms),
    expiresAt: instant(row.expires_at_ms),
  }
  return { value, version: row.version }
}
