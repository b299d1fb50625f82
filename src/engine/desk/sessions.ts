import type { AuditEvent } from '#core/audit/audit.ts'
import {
  isMemberSessionOpen,
  type Member,
  type MemberSession,
  staffActor,
} from '#core/desk/member.ts'
import type { MemberId } from '#core/ids.ts'
import { SEEN_GRAIN } from '#core/sessions/session.ts'
import { after } from '#core/time/time.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { secretHash } from '#engine/secrets.ts'
import { topicOfMember } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { commitStaff } from '#store/desk/commit.ts'
import { touchMemberSession } from '#store/desk/member-sessions.ts'
import type { MemberStanding } from '#store/desk/members.ts'
import { findHeldMemberSession } from '#store/desk/session-facts.ts'

/** A member who is logged in. */
export interface OpenMemberSession {
  readonly session: MemberSession
  readonly member: Member
}

/** The open session that this token belongs to, or `null`. Being asked for keeps it alive. */
export async function findOpenMemberSession(
  world: World,
  token: string,
): Promise<OpenMemberSession | null> {
  const open = await seeMemberSession(world, token)
  const now = world.now()
  if (!open || now < after(open.session.seenAt, SEEN_GRAIN)) return open
  await touchMemberSession(world.db, open.session.id, now)
  return { ...open, session: { ...open.session, seenAt: now } }
}

/** The same for a page that only waits: it keeps no session alive. */
export async function seeMemberSession(
  world: World,
  token: string,
): Promise<OpenMemberSession | null> {
  const held = await findHeldMemberSession(world.db, secretHash(token))
  if (!held || !isMemberSessionOpen(held.session, held.member.value, world.now())) return null
  return { session: held.session, member: held.member.value }
}

/**
 * What a deed of this session rests on: every commit of the desk is held to it, so a member who was
 * suspended in between, or has another role by now, has done nothing.
 */
export const standingOf = ({ session, member }: OpenMemberSession): MemberStanding => ({
  memberId: member.id,
  role: member.role,
  sessionId: session.id,
})

/** Logs out. One that has ended already stays as it is. */
export async function endMemberSession(
  world: World,
  { session, member }: OpenMemberSession,
): Promise<void> {
  const ended: AuditEvent = {
    kind: 'desk.session-ended',
    subscriberId: null,
    actor: staffActor(member),
    memberId: member.id,
    memberSessionId: session.id,
  }
  await commitStaff(world.db, { now: world.now(), ended: { session: session.id }, events: [ended] })
  world.wakeUps.publish(topicOfMember(member.id))
  await tellCallers(world, member.id)
}

/** Calls back when a session of this member may have ended, or their role changed: a hint. */
export const watchMember = (world: World, id: MemberId, listener: () => void): (() => void) =>
  world.wakeUps.subscribe(topicOfMember(id), listener)
