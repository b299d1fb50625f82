import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Case, CASE_LIFETIME } from '#core/desk/case.ts'
import type { CaseId, MemberId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { before, type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { among, one } from '#store/queries/writes.ts'

/** What is read of a case. */
export const CASE = [
  ...(['id', 'version', 'number', 'subscriber_id', 'member_id'] as const),
  ...(['opened_at_ms', 'closed_at_ms', 'denied_at_ms', 'body'] as const),
] as const

export async function findCase(db: Db, id: CaseId): Promise<Versioned<Case> | null> {
  const [row] = await db.ask(caseById(db, { id }))
  return row ? caseOf(db, row) : null
}

const caseById = prepared((db, { id }: { readonly id: CaseId }) =>
  db.read.selectFrom('desk_case').select(CASE).where('id', '=', id),
)

/** Whose case has this number, of those opened since then; `null` for none. */
export async function findSubscriberOfCase(
  db: Db,
  { number, since }: { readonly number: string; readonly since: Instant },
): Promise<SubscriberId | null> {
  const [row] = await db.ask(caseByNumber(db, { number }))
  return row && since <= instant(row.opened_at_ms) ? (row.subscriber_id as SubscriberId) : null
}

/** The case with this number, however old it is; `null` for none. */
export async function findCaseIdByNumber(db: Db, number: string): Promise<CaseId | null> {
  const [row] = await db.ask(caseByNumber(db, { number }))
  return row ? (row.id as CaseId) : null
}

/** Whether a case has this number, however old it is. */
export const isCaseNumber = async (db: Db, number: string): Promise<boolean> =>
  (await db.ask(caseByNumber(db, { number }))).length > 0

const caseByNumber = prepared((db, { number }: { readonly number: string }) =>
  db.read
    .selectFrom('desk_case')
    .select(['id', 'subscriber_id', 'opened_at_ms'])
    .where('number', '=', number),
)

/** The calls that a member of staff has not ended, newest first; at most 20. */
export async function listOpenCasesBy(
  db: Db,
  memberId: MemberId,
): Promise<readonly Versioned<Case>[]> {
  const rows = await db.ask(openCasesBy(db, { memberId }))
  return rows.map((row) => caseOf(db, row))
}

/** The open cases of one client, opened since then, newest first; at most 20. */
export async function listOpenCasesOf(
  db: Db,
  { subscriberId, since }: { readonly subscriberId: SubscriberId; readonly since: Instant },
): Promise<readonly Case[]> {
  const rows = await db.ask(openCasesOf(db, { subscriberId, since }))
  return rows.map((row) => caseOf(db, row).value)
}

/** Those with these ids; at most 10,000. */
export async function listCasesById(
  db: Db,
  ids: readonly CaseId[],
): Promise<readonly Pick<Case, 'id' | 'number' | 'memberId'>[]> {
  const rows = await db.read
    .selectFrom('desk_case')
    .select(['id', 'number', 'member_id'])
    .where('id', 'in', among(ids))
    .limit(CASES_BY_ID_MAX)
    .execute()
  return rows.map(({ id, number, member_id }) => ({
    id: id as CaseId,
    number,
    memberId: member_id as MemberId,
  }))
}

const CASES_BY_ID_MAX = 10_000

const CASES_MAX = 20

const openCasesBy = prepared((db, { memberId }: { readonly memberId: MemberId }) =>
  db.read
    .selectFrom('desk_case')
    .select(CASE)
    .where('member_id', '=', memberId)
    .where('closed_at_ms', 'is', null)
    .orderBy('id', 'desc')
    .limit(atMost(CASES_MAX)),
)

const openCasesOf = prepared(
  (db, asked: { readonly subscriberId: SubscriberId; readonly since: Instant }) =>
    db.read
      .selectFrom('desk_case')
      .select(CASE)
      .where('subscriber_id', '=', asked.subscriberId)
      .where('closed_at_ms', 'is', null)
      .where('opened_at_ms', '>', asked.since)
      .orderBy('id', 'desc')
      .limit(atMost(CASES_MAX)),
)

/** A new case; a number that was given before changes no row. */
export function caseInsert(db: Db, value: Case): Write {
  const row = { ...columnsOf(db, value), id: value.id, version: 1, number: value.number }
  return one(
    db.write
      .insertInto('desk_case')
      .values({ ...row, subscriber_id: value.subscriberId, member_id: value.memberId })
      .onConflict((oc) => oc.doNothing()),
  )
}

/** Another state of a case, over the version that was read. */
export const caseWrite = (db: Db, { value, version }: Versioned<Case>): Write =>
  one(
    db.write
      .updateTable('desk_case')
      .set({ ...columnsOf(db, value), version: version + 1 })
      .where('id', '=', value.id)
      .where('version', '=', version),
  )

/**
 * The case is open, and of this agent. Its version moves: a client who denies it at this moment
 * waits or is waited for, and misses nothing of what was done under it.
 */
export const caseStays = (
  db: Db,
  { id, memberId, now }: Pick<Case, 'id' | 'memberId'> & { readonly now: Instant },
): Write => one(stays(db, { id, memberId, since: before(now, CASE_LIFETIME) }))

const stays = prepared((db, asked: Pick<Case, 'id' | 'memberId'> & { readonly since: Instant }) =>
  db.write
    .updateTable('desk_case')
    .set((eb) => ({ closed_at_ms: null, version: eb('version', '+', 1) }))
    .where('id', '=', asked.id)
    .where('member_id', '=', asked.memberId)
    .where('closed_at_ms', 'is', null)
    .where('opened_at_ms', '>', asked.since),
)

/** Writes down what happened, with what the desk writes besides. */
export async function commitDesk(
  db: Db,
  commit: {
    readonly now: Instant
    readonly writes: readonly Write[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, writes, events } = commit
  return db.commit([...writes, ...eventWrites(db, events, now)])
}

export const casePlace = (id: string) => ({ table: 'desk_case', column: 'body', row: id })

/** What has no column of its own. */
type Body = Pick<Case, 'reason' | 'notes'>

const columnsOf = (db: Db, { id, openedAt, closedAt, deniedAt, reason, notes }: Case) => ({
  opened_at_ms: openedAt,
  closed_at_ms: closedAt,
  denied_at_ms: deniedAt,
  body: sealed(db, casePlace(id), { reason, notes } satisfies Body as unknown as Json),
})

export function caseOf(db: Db, row: Selectable<Tables['desk_case']>): Versioned<Case> {
  const kept = unsealed(db, casePlace(row.id), row.body) as unknown as Body
  const value: Case = {
    ...kept,
    id: row.id as CaseId,
    number: row.number,
    subscriberId: row.subscriber_id as SubscriberId,
    memberId: row.member_id as MemberId,
    openedAt: instant(row.opened_at_ms),
    closedAt: row.closed_at_ms === null ? null : instant(row.closed_at_ms),
    deniedAt: row.denied_at_ms === null ? null : instant(row.denied_at_ms),
  }
  return { value, version: row.version }
}
