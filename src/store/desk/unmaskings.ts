import type { Selectable } from 'kysely'
import { UNMASKED_MAX, type Unmasking } from '#core/desk/unmasking.ts'
import type { CaseId, ContactId, MemberId, MemberSessionId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { among, one } from '#store/queries/writes.ts'

const UNMASKING = [
  ...(['member_id', 'seq', 'case_id', 'contact_id'] as const),
  ...(['field', 'session_id', 'at_ms', 'body'] as const),
] as const

/** What a member was shown last, newest first: as many as count in a day. */
export async function listUnmaskingsBy(db: Db, memberId: MemberId): Promise<readonly Unmasking[]> {
  const rows = await db.ask(lastBy(db, { memberId }))
  return rows.map((row) => unmaskingOf(db, row))
}

const lastBy = prepared((db, { memberId }: { readonly memberId: MemberId }) =>
  db.read
    .selectFrom('unmasking')
    .select(UNMASKING)
    .where('member_id', '=', memberId)
    .orderBy('seq', 'desc')
    .limit(atMost(UNMASKED_MAX)),
)

/** Each case shows a few fields, a few times. */
const OF_CASES_MAX = 1_000

/** What was shown on these cases; at most 1,000. */
export async function listUnmaskingsOn(
  db: Db,
  ids: readonly CaseId[],
): Promise<readonly Unmasking[]> {
  const rows = await db.read
    .selectFrom('unmasking')
    .select(UNMASKING)
    .where('case_id', 'in', among(ids))
    .orderBy('at_ms', 'desc')
    .limit(OF_CASES_MAX)
    .execute()
  return rows.map((row) => unmaskingOf(db, row))
}

/** Another one of this member that took the same number at the same moment keeps it. */
export const unmaskingInsert = (db: Db, value: Unmasking): Write =>
  one(
    db.write
      .insertInto('unmasking')
      .values({
        member_id: value.memberId,
        seq: value.seq,
        case_id: value.caseId,
        contact_id: value.contactId,
        field: value.field,
        session_id: value.sessionId,
        at_ms: value.at,
        body: sealed(db, unmaskingPlace(value.memberId, value.seq), { reason: value.reason }),
      })
      .onConflict((oc) => oc.doNothing()),
  )

export const unmaskingPlace = (memberId: string, seq: number) => ({
  table: 'unmasking',
  column: 'body',
  row: `${memberId} ${seq}`,
})

function unmaskingOf(db: Db, row: Selectable<Tables['unmasking']>): Unmasking {
  const { reason } = unsealed(
    db,
    unmaskingPlace(row.member_id, row.seq),
    row.body,
  ) as unknown as Body
  return {
    memberId: row.member_id as MemberId,
    seq: row.seq,
    caseId: row.case_id as CaseId,
    contactId: row.contact_id as ContactId,
    field: row.field as Unmasking['field'],
    sessionId: row.session_id as MemberSessionId,
    at: instant(row.at_ms),
    reason,
  }
}

type Body = Pick<Unmasking, 'reason'>
