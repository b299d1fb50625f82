import type { Member } from '#core/desk/member.ts'
import type { MemberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { findMember } from '#store/desk/members.ts'
import { prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

/** An address that lets one member in, once. */
export interface Invitation {
  /** SHA-256 of the secret in it, as base64url. */
  readonly tokenHash: string
  readonly member: Versioned<Member>
  readonly expiresAt: Instant
  readonly endedAt: Instant | null
}

/** Used, replaced and expired ones too. */
export async function findInvitation(db: Db, tokenHash: string): Promise<Invitation | null> {
  const [row] = await db.ask(invitationBy(db, { tokenHash }))
  const member = row && (await findMember(db, row.member_id as MemberId))
  if (!row || !member) return null
  const endedAt = row.ended_at_ms === null ? null : instant(row.ended_at_ms)
  return { tokenHash, member, expiresAt: instant(row.expires_at_ms), endedAt }
}

const invitationBy = prepared((db, { tokenHash }: { readonly tokenHash: string }) =>
  db.read
    .selectFrom('member_invitation')
    .select(['member_id', 'expires_at_ms', 'ended_at_ms'])
    .where('token_hash', '=', tokenHash),
)

/** A unique index holds that one is open for a member: of two at once, one is not written. */
export const invitationWrite = (
  db: Db,
  invitation: {
    readonly tokenHash: string
    readonly memberId: MemberId
    readonly createdAt: Instant
    readonly expiresAt: Instant
  },
): Write =>
  one(
    db.write
      .insertInto('member_invitation')
      .values({
        token_hash: invitation.tokenHash,
        member_id: invitation.memberId,
        created_at_ms: invitation.createdAt,
        expires_at_ms: invitation.expiresAt,
        ended_at_ms: null,
      })
      .onConflict((oc) => oc.doNothing()),
  )

/** It lets its member in now, and never again. */
export const invitationUsed = (db: Db, tokenHash: string, now: Instant): Write =>
  one(
    db.write
      .updateTable('member_invitation')
      .set({ ended_at_ms: now })
      .where('token_hash', '=', tokenHash)
      .where('ended_at_ms', 'is', null)
      .where('expires_at_ms', '>', now),
  )

/** What was sent to a member before lets no visitor in any more. */
export const invitationsEnded = (db: Db, memberId: MemberId, now: Instant): Write =>
  any(
    db.write
      .updateTable('member_invitation')
      .set({ ended_at_ms: now })
      .where('member_id', '=', memberId)
      .where('ended_at_ms', 'is', null),
  )
