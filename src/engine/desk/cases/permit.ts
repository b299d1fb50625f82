import type { ContactKind } from '#core/contact/address.ts'
import type { Case } from '#core/desk/case.ts'
import {
  classOf,
  countedSignals,
  decided,
  type Deed,
  type DeedDecision,
  type Level,
  LOOK,
  riskOfDeed,
  takesProof,
} from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { mayBeSecond, obstacleToSecond, type SecondRequest } from '#core/desk/second-person.ts'
import { type CallStanding, doneFree, isStopped, notFreeUntil } from '#core/desk/verification.ts'
import { obstacleIn, type Warrant, warrantGiven } from '#core/desk/warrant.ts'
import type { Verification } from '#core/events/event.ts'
import {
  type AuthenticatorId,
  type CaseId,
  type ContactId,
  newId,
  type SecondRequestId,
  type WarrantId,
} from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { type Risk, riskOf } from '#engine/desk/cases/risk.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import type { OnCase } from '#engine/on-case.ts'
import type { Reason } from '#engine/temporary-access/passcodes.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseStays } from '#store/desk/cases.ts'
import { findMember, memberStandingWrites, memberStays } from '#store/desk/members.ts'
import { callStandingStays, callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { findSecondRequest, secondRequestUsed } from '#store/desk/second-requests.ts'
import { findWarrant, warrantInsert, warrantWrites } from '#store/desk/warrants.ts'
import type { Written } from '#store/queries/versioned.ts'

/**
 * What permits a deed of the desk: a warrant, the word of a second person, or, for what only stops
 * something, nothing but the case. Whatever it is, it is used up in the commit of the deed.
 */

/** A deed of the desk, with what it is done to. */
export type AskedDeed =
  | { readonly deed: OfDevice; readonly authenticatorId: AuthenticatorId }
  | { readonly deed: 'issue-passcode'; readonly reason: Reason }
  | { readonly deed: 'unmask'; readonly contactId: ContactId; readonly field: ContactKind }
  | { readonly deed: Exclude<Deed, OfDevice | 'issue-passcode' | 'unmask'> }

/** What is done to one device, which is named. */
type OfDevice = 'block-device' | 'replace-device'

export interface Acting {
  readonly caseId: CaseId
  /** What the proof of the caller gave; `null` for a deed that takes none. */
  readonly warrantId: WarrantId | null
  /** What a second person has agreed to; it then stands for the warrant. */
  readonly requestId?: SecondRequestId | undefined
  readonly asked: AskedDeed
  /** Why, in a sentence of the agent, where the deed asks for one. */
  readonly reason?: string | undefined
}

export interface Allowed {
  readonly ok: true
  readonly warrant: Warrant | null
  /** What the second person has agreed to, where it takes two. */
  readonly agreed: { readonly request: SecondRequest; readonly second: Member } | null
  readonly level: Level
  readonly risk: Risk
  readonly calls: Written<CallStanding>
}

/** Whether it may be done now: by the warrant, the table and what all calls have in common. */
export async function allow(
  world: World,
  open: OpenMemberSession,
  acting: Acting & { readonly value: Case },
): Promise<Allowed | Refusal> {
  if (acting.requestId !== undefined) {
    return await allowTogether(world, open, { ...acting, requestId: acting.requestId })
  }
  const weighed = await weigh(world, open, acting)
  if (!weighed.ok) return weighed
  const problem = problemOf(weighed.decision)
  return problem ? refusal(problem) : { ...weighed, agreed: null }
}

export interface Weighed {
  readonly ok: true
  readonly warrant: Warrant | null
  readonly level: Level
  readonly risk: Risk
  readonly calls: Written<CallStanding>
  readonly decision: DeedDecision
}

/** What a warrant opens now, and what the table says of it. */
export async function weigh(
  world: World,
  open: OpenMemberSession,
  { value, asked: { deed }, warrantId }: Acting & { readonly value: Case },
): Promise<Weighed | Refusal> {
  const now = world.now()
  const { subscriberId, id: caseId } = value
  const calls = await findCallStanding(world.db, subscriberId)
  const risk = await riskOf(world, value, calls.value)
  const warrant = warrantId === null ? null : await findWarrant(world.db, warrantId)
  if (warrantId !== null) {
    const use = { subscriberId, memberId: open.member.id, caseId, deed }
    const problem = warrant ? obstacleIn(warrant, use, now) : 'desk.no-warrant'
    if (problem) return refusal(problem)
  }
  const level: Level = warrant?.level ?? 'none'
  const decision = decisionOn(deed, { open, level, risk })
  if (level !== 'none' && decision.may !== 'not-proven' && isStopped(calls.value, now))
    return refusal('desk.calls-stopped', calls.value.stoppedUntil ?? now)
  return { ok: true, warrant, level, risk, calls, decision }
}

/** Whether the second person has agreed to exactly this, and nothing new has become unusual. */
async function allowTogether(
  world: World,
  open: OpenMemberSession,
  { value, asked, requestId }: Acting & { readonly value: Case; requestId: SecondRequestId },
): Promise<Allowed | Refusal> {
  const now = world.now()
  const { subscriberId, id: caseId } = value
  const request = (await findSecondRequest(world.db, requestId))?.value
  const use = { caseId, memberId: open.member.id, asked }
  const problem = request ? obstacleToSecond(request, use, now) : 'desk.no-warrant'
  if (!request || problem) return refusal(problem ?? 'desk.no-warrant')
  const calls = await findCallStanding(world.db, subscriberId)
  const risk = await riskOf(world, value, calls.value)
  const { level } = request
  const decision = decisionOn(asked.deed, { open, level, risk })
  const obstacle = decision.may === 'second-person' ? null : problemOf(decision)
  if (obstacle) return refusal(obstacle)
  const unusual = countedSignals(asked.deed, risk.signals)
  if (unusual.some((signal) => !request.signals.includes(signal)))
    return refusal('desk.second-outdated')
  if (level !== 'none' && isStopped(calls.value, now))
    return refusal('desk.calls-stopped', calls.value.stoppedUntil ?? now)
  const second = (await findMember(world.db, request.secondId))?.value
  if (!second || !mayBeSecond(second, open.member)) return refusal('desk.second-outdated')
  return { ok: true, warrant: null, agreed: { request, second }, level, risk, calls }
}

export interface Permit {
  readonly verified: Verification | null
  readonly second: Member | null
  readonly uses: OnCase['uses']
}

interface PermitAsked extends Pick<Allowed, 'warrant' | 'agreed' | 'level' | 'calls'> {
  readonly value: Case
  readonly deed: Deed
}

/** What the deed uses up, and how its caller was proven. */
export function permitOf(
  world: World,
  open: OpenMemberSession,
  { value, deed, agreed, level, calls, ...allowed }: PermitAsked,
): Permit | Refusal {
  const { subscriberId, id: caseId } = value
  const memberId = open.member.id
  const standing = standingOf(open)
  if (agreed) {
    const { request, second } = agreed
    const { version } = calls
    if (version === null && takesProof(deed)) throw new Error('an agreement without a proof')
    return {
      verified: request.verified,
      second,
      uses: (now) => [
        ...memberStandingWrites(world.db, standing),
        memberStays(world.db, { memberId: second.id, role: second.role }),
        caseStays(world.db, { id: caseId, memberId, now }),
        secondRequestUsed(world.db, { id: request.id, caseId, memberId }, now),
        // A proof that fails meanwhile takes back what a proof has opened, and nothing else.
        ...(version === null || !takesProof(deed)
          ? []
          : [callStandingStays(world.db, subscriberId, version)]),
      ],
    }
  }
  const { warrant } = allowed
  if (classOf(deed) === LOOK) {
    // How often is counted by the look itself, in the same commit.
    const stays = (now: Instant) => [
      ...memberStandingWrites(world.db, standing),
      caseStays(world.db, { id: caseId, memberId, now }),
    ]
    return { verified: null, second: null, uses: stays }
  }
  if (!warrant) return free(world, open, { value, deed, calls })
  const used = {
    id: warrant.id,
    subscriberId,
    memberId,
    caseId,
    deed,
    member: standing,
    standing: level === 'none' ? null : calls.version,
  }
  const { verified } = warrant
  return { verified, second: null, uses: (now) => warrantWrites(world.db, used, now) }
}

type Free = Pick<PermitAsked, 'value' | 'deed' | 'calls'>

/**
 * What takes no proof: once in a day, so that a stranger keeps no client out (A28). Each is written
 * down as a warrant that was used at once.
 */
function free(
  world: World,
  open: OpenMemberSession,
  { value, deed, calls }: Free,
): Permit | Refusal {
  const { subscriberId, id: caseId } = value
  const memberId = open.member.id
  const until = notFreeUntil(calls.value, deed, world.now())
  if (until !== null) return refusal('desk.too-many-stops', until)
  const facts = { subscriberId, memberId, caseId, verified: null }
  const given = { ...facts, of: 'stop', level: 'none' } as const
  return {
    verified: null,
    second: null,
    uses: (now) => [
      ...memberStandingWrites(world.db, standingOf(open)),
      caseStays(world.db, { id: caseId, memberId, now }),
      warrantInsert(world.db, {
        ...warrantGiven({ ...given, id: newId('war', now, world.random) }, now),
        usedAt: now,
        usedFor: deed,
      }),
      callStandingWrite(world.db, subscriberId, {
        value: doneFree(calls.value, deed, now),
        version: calls.version,
      }),
    ],
  }
}

/** What the table says of a deed, for this agent and this client. */
export const decisionOn = (
  deed: Deed,
  {
    open,
    level,
    risk,
  }: { readonly open: OpenMemberSession; readonly level: Level; readonly risk: Risk },
): DeedDecision => {
  return decided({ deed, role: open.member.role, level, risk: riskOfDeed(deed, risk.signals) })
}

/** Why the table does not open it to one person; `null` when it does. */
export function problemOf(decision: DeedDecision): Problem | null {
  switch (decision.may) {
    case 'alone':
      return null
    case 'second-person':
      return 'desk.second-person'
    case 'not-proven':
      return 'desk.more-proof'
    case 'not-this-role':
      return 'desk.not-this-role'
  }
}
