import { type AgentId, isAgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import {
  INVITATION_LIFETIME,
  type Member,
  memberName,
  ownObstacle,
  staffActor,
  type Tie,
  TIES_MAX,
  unitedTies,
} from '#core/desk/member.ts'
import { changesStaff, isRole, type Role } from '#core/desk/role.ts'
import type { EventActor } from '#core/events/event.ts'
import { type MemberId, newId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { tellCallers } from '#engine/desk/callers.ts'
import { invitationHash } from '#engine/desk/invitation.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { type Deed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { retryStale } from '#engine/retry.ts'
import { newSecret } from '#engine/secrets.ts'
import { topicOfMember } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitStaff, type StaffCommit } from '#store/desk/commit.ts'
import { countMemberPasskeys } from '#store/desk/member-passkeys.ts'
import { findMember, findMemberCalled, listMembers } from '#store/desk/members.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Who works at the desk: invited, given another role, suspended. */

/** Who asks for it: the operator of the machine at the command line, or a member at the desk. */
export type Asking =
  | { readonly at: 'command-line'; readonly by: AgentId }
  | { readonly at: 'desk'; readonly open: OpenMemberSession; readonly touch: GivenTouch }

export interface ListedMember {
  readonly member: Member
  /** How many passkeys of theirs work. */
  readonly passkeys: number
}

/** All members, whatever they are now, by their ids. */
export async function staffOf({ db }: World): Promise<readonly ListedMember[]> {
  const [members, counts] = await Promise.all([listMembers(db), countMemberPasskeys(db)])
  return members.map(({ value }) => ({ member: value, passkeys: counts.get(value.id) ?? 0 }))
}

export const memberNamed = async ({ db }: World, id: MemberId): Promise<Member | null> =>
  (await findMember(db, id))?.value ?? null

/** By what stands in the audit log. */
export const memberCalled = async ({ db }: World, agentId: AgentId): Promise<Member | null> =>
  (await findMemberCalled(db, agentId))?.value ?? null

/** A new member, or one who is to come in again. */
export interface Invited {
  readonly agentId: string
  readonly name: string
  readonly role: string
  /** Beside those that they have already: one that was named is never taken away. */
  readonly ties: readonly Tie[]
  /** They were invited before: their passkeys and sessions end, and they begin anew. */
  readonly again: boolean
}

export type InvitedMember =
  | {
      readonly ok: true
      readonly member: Member
      /** What follows the address of the desk; told once, stored nowhere. */
      readonly path: string
      readonly expiresAt: Instant
    }
  | Refusal

/** As it was typed, or why it cannot be. */
export function readInvited(
  typed: Invited,
):
  | { readonly ok: true; readonly agentId: AgentId; readonly name: string; readonly role: Role }
  | Refusal {
  const { agentId, role } = typed
  if (!isAgentId(agentId)) return refusal('desk.not-an-agent')
  const name = memberName(typed.name)
  if (name === null || !isRole(role)) return refusal('desk.member-malformed')
  return { ok: true, agentId, name, role }
}

/** What a touch of the one who invites confirms. */
export const invitationOf = ({ agentId, name, role, ties, again }: Invited): Deed => ({
  kind: 'staff.invite',
  facts: { agentId, name, role, again, ties: ties.map(({ print }) => print) },
})

/** Makes the address that lets a member in once, within the hour. One that was made before ends. */
export async function inviteMember(
  world: World,
  asking: Asking,
  typed: Invited,
): Promise<InvitedMember> {
  const read = readInvited(typed)
  if (!read.ok) return read
  const asked = await allowed(world, asking, invitationOf(typed))
  if ('problem' in asked) return asked
  const { agentId, name, role } = read
  return await retryStale<InvitedMember>('desk.conflict', async () => {
    const now = world.now()
    const before = await findMemberCalled(world.db, agentId)
    const obstacle = before && obstacleTo(asked, before.value)
    if (obstacle) return obstacle
    if (before && !typed.again) return refusal('desk.member-taken')
    const ties = unitedTies(before?.value.ties ?? [], typed.ties)
    if (ties.length > TIES_MAX) return refusal('desk.too-many-ties')
    const member: Member = {
      id: before?.value.id ?? newId('mem', now, world.random),
      agentId,
      name,
      role,
      state: 'invited',
      ties,
      createdAt: before?.value.createdAt ?? now,
    }
    const token = newSecret(world.random)
    const expiresAt = after(now, INVITATION_LIFETIME)
    const written = await commitStaff(world.db, {
      ...asked.commit,
      now,
      member: { value: member, version: before?.version ?? null },
      ended: { memberId: member.id, withPasskeys: true },
      invited: { tokenHash: invitationHash(token), memberId: member.id, expiresAt },
      events: [
        {
          kind: 'desk.member-invited',
          subscriberId: null,
          actor: asked.actor,
          memberId: member.id,
          role,
          again: before !== null,
          ties: ties.length,
        },
      ],
    })
    if (!written) return 'stale'
    world.wakeUps.publish(topicOfMember(member.id))
    if (before) await tellCallers(world, member.id)
    return { ok: true, member, path: `/join/${token}`, expiresAt }
  })
}

export const roleChangeOf = (id: MemberId, role: Role): Deed => ({
  kind: 'staff.role',
  facts: { member: id, role },
})

/** Another role. What the member is doing in the one before is not carried out any more. */
export async function setRole(
  world: World,
  asking: Asking,
  { id, role }: { readonly id: MemberId; readonly role: Role },
): Promise<{ readonly ok: true } | Refusal> {
  return await change(world, asking, {
    id,
    deed: roleChangeOf(id, role),
    to: ({ value }) =>
      value.role === role
        ? 'as-it-is'
        : {
            member: { ...value, role },
            event: { kind: 'desk.member-role-set', memberId: id, role, before: value.role },
          },
  })
}

export const suspensionOf = (id: MemberId): Deed => ({
  kind: 'staff.suspend',
  facts: { member: id },
})

/**
 * A member who leaves: in one act every session of theirs ends, on every node, an invitation lets
 * them in no more, and no passkey of theirs opens anything. They come back only by being invited
 * again.
 */
export async function suspendMember(
  world: World,
  asking: Asking,
  id: MemberId,
): Promise<{ readonly ok: true } | Refusal> {
  return await change(world, asking, {
    id,
    deed: suspensionOf(id),
    to: ({ value }) =>
      value.state === 'suspended'
        ? 'as-it-is'
        : {
            member: { ...value, state: 'suspended' },
            ended: { memberId: id, withPasskeys: true },
            event: { kind: 'desk.member-suspended', memberId: id },
          },
  })
}

interface Change {
  readonly id: MemberId
  readonly deed: Deed
  readonly to: (member: Versioned<Member>) => ChangedTo | 'as-it-is'
}

interface ChangedTo {
  readonly member: Member
  readonly ended?: NonNullable<StaffCommit['ended']>
  readonly event: OfMember
}

/** An event without who did it and of which client it is. */
type OfMember = Omit<
  Extract<AuditEvent, { readonly kind: 'desk.member-role-set' | 'desk.member-suspended' }>,
  'subscriberId' | 'actor'
>

async function change(
  world: World,
  asking: Asking,
  { id, deed, to }: Change,
): Promise<{ readonly ok: true } | Refusal> {
  const asked = await allowed(world, asking, deed)
  if ('problem' in asked) return asked
  return await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const found = await findMember(world.db, id)
    if (!found) return refusal('desk.member-not-found')
    const obstacle = obstacleTo(asked, found.value)
    if (obstacle) return obstacle
    const changed = to(found)
    if (changed === 'as-it-is') return { ok: true }
    const written = await commitStaff(world.db, {
      ...asked.commit,
      now: world.now(),
      member: { value: changed.member, version: found.version },
      ...(changed.ended && { ended: changed.ended }),
      events: [{ ...changed.event, subscriberId: null, actor: asked.actor } as AuditEvent],
    })
    if (!written) return 'stale'
    world.wakeUps.publish(topicOfMember(id))
    await tellCallers(world, id)
    return { ok: true }
  })
}

interface Allowed {
  readonly actor: EventActor
  readonly by: Member | null
  /** What the commit rests on. */
  readonly commit: Pick<StaffCommit, 'standing' | 'answered'>
}

/** The operator of the machine may; at the desk, a member of that role with a touch of theirs. */
async function allowed(world: World, asking: Asking, deed: Deed): Promise<Allowed | Refusal> {
  if (asking.at === 'command-line') {
    return { actor: `operator:${asking.by}`, by: null, commit: {} }
  }
  const { open, touch } = asking
  if (!changesStaff(open.member.role)) return refusal('desk.not-allowed')
  const judged = await judgeTouch(world, open, { deed, touch })
  if (!judged.ok) return judged
  const commit = { standing: standingOf(open), answered: judged.answered }
  return { actor: staffActor(open.member), by: open.member, commit }
}

function obstacleTo({ by }: Allowed, target: Member): Refusal | null {
  const problem = ownObstacle(by, target)
  return problem && refusal(problem)
}
