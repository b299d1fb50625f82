import type { Selectable } from 'kysely'
import { classOf, type DeedClass, type Level } from '#core/desk/deeds.ts'
import type { Deed } from '#core/desk/deeds.ts'
import type { Warrant, WarrantUse } from '#core/desk/warrant.ts'
import type { Verification } from '#core/events/event.ts'
import type { CaseId, MemberId, SubscriberId, WarrantId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import type { Tables } from '#store/database/tables.ts'
import { caseStays } from '#store/desk/cases.ts'
import { type MemberStanding, memberStandingWrites } from '#store/desk/members.ts'
import { callStandingStays } from '#store/desk/proofs.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { one } from '#store/queries/writes.ts'

const WARRANT = [
  ...(['id', 'subscriber_id', 'member_id', 'case_id', 'deed_class', 'level'] as const),
  ...(['verified', 'issued_at_ms', 'expires_at_ms', 'used_at_ms', 'used_for'] as const),
] as const

export async function findWarrant(db: Db, id: WarrantId): Promise<Warrant | null> {
  const [row] = await db.ask(warrantById(db, { id }))
  return row ? warrantOf(row) : null
}

const warrantById = prepared((db, { id }: { readonly id: WarrantId }) =>
  db.read.selectFrom('warrant').select(WARRANT).where('id', '=', id),
)

/** Those of a case, newest first; at most 50. */
export async function listWarrants(db: Db, caseId: CaseId): Promise<readonly Warrant[]> {
  return (await db.ask(warrantsOf(db, { caseId }))).map(warrantOf)
}

const WARRANTS_MAX = 50

const warrantsOf = prepared((db, { caseId }: { readonly caseId: CaseId }) =>
  db.read
    .selectFrom('warrant')
    .select(WARRANT)
    .where('case_id', '=', caseId)
    .orderBy('id', 'desc')
    .limit(atMost(WARRANTS_MAX)),
)

export const warrantInsert = (db: Db, value: Warrant): Write =>
  one(
    db.write.insertInto('warrant').values({
      id: value.id,
      subscriber_id: value.subscriberId,
      member_id: value.memberId,
      case_id: value.caseId,
      deed_class: value.of,
      level: value.level,
      verified: value.verified,
      issued_at_ms: value.issuedAt,
      expires_at_ms: value.expiresAt,
      used_at_ms: value.usedAt,
      used_for: value.usedFor,
    }),
  )

/** All that a deed of the desk rests on, as it was read. */
export interface UsedWarrant extends WarrantUse {
  readonly id: WarrantId
  readonly member: MemberStanding
  /** The version of the calls of the client; `null` for a deed that takes no proof. */
  readonly standing: number | null
}

/**
 * Uses a warrant up, in the commit of its deed: once, on whichever node. Nothing is written when it
 * is used, over, or for something else; when the case was closed; when the agent was suspended, or
 * is in another role or logged out; or when a proof failed meanwhile.
 */
export const warrantWrites = (db: Db, used: UsedWarrant, now: Instant): readonly Write[] => [
  ...memberStandingWrites(db, used.member),
  caseStays(db, { id: used.caseId, memberId: used.memberId, now }),
  one(
    use(db, {
      id: used.id,
      subscriberId: used.subscriberId,
      memberId: used.memberId,
      caseId: used.caseId,
      of: classOf(used.deed),
      deed: used.deed,
      now,
    }),
  ),
  ...(used.standing === null ? [] : [callStandingStays(db, used.subscriberId, used.standing)]),
]

interface Use extends WarrantUse, Pick<Warrant, 'id'> {
  readonly of: ReturnType<typeof classOf>
  readonly now: Instant
}

const use = prepared((db, asked: Use) =>
  db.write
    .updateTable('warrant')
    .set({ used_at_ms: asked.now, used_for: asked.deed })
    .where('id', '=', asked.id)
    .where('subscriber_id', '=', asked.subscriberId)
    .where('member_id', '=', asked.memberId)
    .where('case_id', '=', asked.caseId)
    .where('deed_class', '=', asked.of)
    .where('used_at_ms', 'is', null)
    .where('expires_at_ms', '>', asked.now),
)

const warrantOf = (row: Selectable<Tables['warrant']>): Warrant => ({
  id: row.id as WarrantId,
  subscriberId: row.subscriber_id as SubscriberId,
  memberId: row.member_id as MemberId,
  caseId: row.case_id as CaseId,
  of: row.deed_class as DeedClass,
  level: row.level as Level,
  verified: row.verified as Verification | null,
  issuedAt: instant(row.issued_at_ms),
  expiresAt: instant(row.expires_at_ms),
  usedAt: row.used_at_ms === null ? null : instant(row.used_at_ms),
  usedFor: row.used_for as Deed | null,
})
