import type { MailId, MemberId, SubmissionId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { one } from '#store/queries/writes.ts'

/** What a person judges. */
export type ReviewedId = SubmissionId | MailId

/** Who has it before them, and until when. */
export interface HandedOut {
  readonly id: ReviewedId
  readonly memberId: MemberId
  readonly until: Instant
}

/** More than there are people who judge. */
const HANDED_OUT_MAX = 1_000

/** What is handed out now. */
export async function listHandedOut(db: Db, now: Instant): Promise<readonly HandedOut[]> {
  const rows = await db.read
    .selectFrom('review')
    .select(['id', 'member_id', 'until_ms'])
    .where('until_ms', '>', now)
    .orderBy('id')
    .limit(HANDED_OUT_MAX)
    .execute()
  return rows.map(({ id, member_id, until_ms }) => ({
    id: id as ReviewedId,
    memberId: member_id as MemberId,
    until: instant(until_ms),
  }))
}

/** Hands it out, where no other member has it now: of two at once, one gets it. */
export const handOut = (
  db: Db,
  { id, memberId, until, now }: HandedOut & { readonly now: Instant },
): Write =>
  one(
    db.write
      .insertInto('review')
      .values({ id, member_id: memberId, until_ms: until })
      .onConflict((oc) =>
        oc
          .column('id')
          .doUpdateSet({ member_id: memberId, until_ms: until })
          .where('review.until_ms', '<=', now),
      ),
  )

/** How often a member has taken one. */
export async function countTaken(db: Db, memberId: MemberId): Promise<number> {
  const row = await db.read
    .selectFrom('review')
    .select('until_ms')
    .where('id', '=', memberId)
    .executeTakeFirst()
  return row?.until_ms ?? 0
}

/**
 * Counts that a member takes one more, in a row of their own: of two that they ask for at the same
 * moment they get one.
 */
export const takenOnceMore = (
  db: Db,
  { memberId, count }: { readonly memberId: MemberId; readonly count: number },
): Write =>
  one(
    db.write
      .insertInto('review')
      .values({ id: memberId, member_id: memberId, until_ms: count + 1 })
      .onConflict((oc) =>
        oc
          .column('id')
          .doUpdateSet({ until_ms: count + 1 })
          .where('review.until_ms', '=', count),
      ),
  )

interface Holding extends Omit<HandedOut, 'until'> {
  readonly now: Instant
}

/** It is before this member still, and stays so until then. */
export const handedOutStays = (
  db: Db,
  { id, memberId, now, until }: Holding & { readonly until: Instant },
): Write =>
  one(
    db.write
      .updateTable('review')
      .set({ until_ms: until })
      .where('id', '=', id)
      .where('member_id', '=', memberId)
      .where('until_ms', '>', now),
  )

/** It was before this member still, and is no more. */
export const handedOutEnds = (db: Db, { id, memberId, now }: Holding): Write =>
  one(
    db.write
      .deleteFrom('review')
      .where('id', '=', id)
      .where('member_id', '=', memberId)
      .where('until_ms', '>', now),
  )
