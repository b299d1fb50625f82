import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { classOf, LOOK } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import {
  type Emergency,
  type EmergencyDeed,
  isByTelephone,
  obstacleInEmergency,
  obstacleToPeople,
} from '#core/desk/programs/emergency.ts'
import { isOtherChange, isStopped, proofGiven } from '#core/desk/verification.ts'
import type { EventActor, SaidVerification } from '#core/events/event.ts'
import type { BrowserId, CaseId, MemberId, SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { onlyWhereKnown, riskOf } from '#engine/desk/cases/risk.ts'
import { isPairFree } from '#engine/desk/programs/pairs.ts'
import { tiesToStaff } from '#engine/desk/ties.ts'
import { refusal, type World } from '#engine/world.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import { heldTo } from '#store/database/open.ts'
import { findMemberCalled, listMembers, memberWrite } from '#store/desk/members.ts'
import { callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** A deed of the desk that a command does. */
export interface EmergencyAct {
  readonly subscriberId: SubscriberId
  readonly deed: EmergencyDeed
  readonly by: AgentId
  readonly second: AgentId | null
  readonly verified: SaidVerification
  readonly why: Emergency
}

export interface HeldEmergency {
  readonly ok: true
  readonly world: World
  /** The browsers in which a passcode works: those of the client, as at the desk. */
  readonly where: { readonly only?: readonly BrowserId[] }
}

/**
 * The world in which a command does it, by the limits of the desk: each commit raises the alarm of
 * compliance, holds those who do it to "active", and moves what all calls of the client have in
 * common. A function of the engine does the deed and knows nothing of that.
 */
export async function inEmergency(
  world: World,
  act: EmergencyAct,
): Promise<HeldEmergency | Refusal> {
  const { subscriberId, deed, by, second, verified, why } = act
  const now = world.now()
  const [staff, member, secondMember, ties, calls] = await Promise.all([
    listMembers(world.db),
    findMemberCalled(world.db, by),
    second === null ? null : findMemberCalled(world.db, second),
    tiesToStaff(world, subscriberId),
    findCallStanding(world.db, subscriberId),
  ])
  const people = obstacleToPeople({
    // An operator who suspends all of them does not get rid of their limits.
    isStaffed: staff.length > 0,
    by,
    member: member?.value ?? null,
    second,
    secondMember: secondMember?.value ?? null,
    tied: ties.map(({ memberId }) => memberId),
  })
  if (people) return refusal(people)
  if (isByTelephone(verified) && isStopped(calls.value, now))
    return refusal('desk.calls-stopped', calls.value.stoppedUntil ?? now)
  const kind = classOf(deed)
  if (kind !== LOOK && isOtherChange(calls.value, kind, now)) return refusal('desk.one-change')
  const about = { id: NO_CASE, subscriberId, memberId: member?.value.id ?? NO_MEMBER }
  const risk = await riskOf(world, about, calls.value)
  const { signals } = risk
  const role = member?.value.role ?? 'agent'
  const isTogether = second !== null
  const obstacle = obstacleInEmergency(deed, { role, verified, signals, isTogether })
  if (obstacle) return refusal(obstacle)
  const both = [member, secondMember].filter((one) => one !== null)
  const [one, other] = both
  if (one && other && !(await isPairFree(world, [one.value, other.value])))
    return refusal('desk.no-second')
  const actor: EventActor = `operator:${by}`
  const alarm: AuditEvent = {
    kind: 'desk.glass-broken',
    subscriberId,
    actor,
    verified,
    act: deed,
    why,
    ...(second !== null && { second: `operator:${second}` }),
  }
  const value = kind === LOOK ? calls.value : proofGiven(calls.value, kind, now)
  const rests: readonly Write[] = [
    ...both.map((held: Versioned<Member>) => memberWrite(world.db, held)),
    callStandingWrite(world.db, subscriberId, { value, version: calls.version }),
    ...eventWrites(world.db, [alarm], now),
  ]
  return {
    ok: true,
    world: { ...world, db: heldTo(world.db, { rests, said: { actor, verified } }) },
    where: onlyWhereKnown(risk, isTogether),
  }
}

/** There is no call at the desk, and perhaps no member. */
const NO_CASE = 'cas_' as CaseId
const NO_MEMBER = 'mem_' as MemberId
