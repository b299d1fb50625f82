import type { AuditEvent } from '#core/audit/audit.ts'
import type { Member, MemberSession } from '#core/desk/member.ts'
import type { AuthenticatorId, MemberId, MemberSessionId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { invitationsEnded, invitationUsed, invitationWrite } from '#store/desk/invitations.ts'
import {
  type AnsweredChallenge,
  answeredWrites,
  challengeWrite,
  memberPasskeyWrite,
  revokeMemberPasskeys,
  type StoredPasskey,
} from '#store/desk/member-passkeys.ts'
import {
  endMemberSession,
  endMemberSessions,
  memberSessionWrite,
} from '#store/desk/member-sessions.ts'
import {
  memberStandingWrites,
  type MemberStanding,
  memberStays,
  memberWrite,
} from '#store/desk/members.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'

/** One step of the staff: what it rests on, what it changes, and what is written down of it. */
export interface StaffCommit {
  readonly now: Instant
  /** The member who asks for it, and their session; not at the command line. */
  readonly standing?: MemberStanding
  /** The member is still active in this role, where no session asks that goes on. */
  readonly active?: Pick<MemberStanding, 'memberId' | 'role'>
  /** The passkey that has confirmed it. */
  readonly answered?: AnsweredChallenge
  /** The challenge that a new passkey has answered. */
  readonly challenge?: string
  readonly member?: Written<Member>
  readonly invited?: {
    readonly tokenHash: string
    readonly memberId: MemberId
    readonly expiresAt: Instant
  }
  /** The invitation that it uses up. */
  readonly invitation?: string
  /** A new passkey, or another state of one. */
  readonly passkey?: Written<StoredPasskey>
  /** The others of the member, which have to be as they were read: they were counted. */
  readonly counted?: readonly Versioned<StoredPasskey>[]
  readonly opened?: { readonly value: MemberSession; readonly tokenHash: Uint8Array }
  readonly ended?: StaffEnding
  readonly events: readonly AuditEvent[]
}

export type StaffEnding =
  /** One session, which must be open. */
  | { readonly session: MemberSessionId }
  /** The sessions that this passkey has opened. */
  | {
      readonly passkeyId: AuthenticatorId
      readonly memberId: MemberId
      /** The one of them that asks for it: it must be open. */
      readonly asking?: MemberSessionId
    }
  /** Every session and invitation of a member. */
  | { readonly memberId: MemberId; readonly withPasskeys: boolean }

/** @returns `false`, and writes nothing, when anything it rests on is not as it was read. */
export async function commitStaff(db: Db, commit: StaffCommit): Promise<boolean> {
  const { now, standing, active, answered, challenge, member, invited, invitation } = commit
  const { passkey, counted = [], opened, ended, events } = commit
  return await db.commit([
    ...(standing ? memberStandingWrites(db, standing) : []),
    ...(active ? [memberStays(db, active)] : []),
    ...(answered ? answeredWrites(db, answered, now) : []),
    ...(challenge === undefined ? [] : [challengeWrite(db, challenge, now)]),
    ...(member ? [memberWrite(db, member)] : []),
    ...(ended ? endingWrites(db, ended, now) : []),
    ...(invited ? [invitationWrite(db, { ...invited, createdAt: now })] : []),
    ...(invitation === undefined ? [] : [invitationUsed(db, invitation, now)]),
    ...(passkey ? [memberPasskeyWrite(db, passkey)] : []),
    ...counted.map((one) => memberPasskeyWrite(db, one)),
    ...(opened ? [memberSessionWrite(db, opened)] : []),
    ...eventWrites(db, events, now),
  ])
}

function endingWrites(db: Db, ended: StaffEnding, now: Instant): readonly Write[] {
  if ('session' in ended) return [endMemberSession(db, ended.session, now)]
  if ('passkeyId' in ended) {
    const { asking } = ended
    const own = asking === undefined ? [] : [endMemberSession(db, asking, now)]
    return [...own, endMemberSessions(db, ended, now)]
  }
  const { memberId, withPasskeys } = ended
  return [
    endMemberSessions(db, { memberId }, now),
    invitationsEnded(db, memberId, now),
    ...(withPasskeys ? [revokeMemberPasskeys(db, memberId, now)] : []),
  ]
}
