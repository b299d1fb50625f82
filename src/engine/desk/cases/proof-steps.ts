import type { AuditEvent } from '#core/audit/audit.ts'
import { type Case, isCaseOpen } from '#core/desk/case.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { isMemberSessionOpen } from '#core/desk/member.ts'
import {
  type AskedApart,
  type CallerProof,
  type CallStanding,
  isOtherChange,
  isStopped,
  proofFailed,
  proofGiven,
} from '#core/desk/verification.ts'
import { type Warrant, warrantGiven } from '#core/desk/warrant.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { Verification } from '#core/events/event.ts'
import { type CaseId, newId, type SubscriberId, type VerificationId } from '#core/ids.ts'
import { WRONG_ANSWERS_MAX } from '#core/login/login.ts'
import type { Refusal } from '#core/problems.ts'
import { hours, type Instant } from '#core/time/time.ts'
import { take } from '#engine/delivery/effects.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { countingFor } from '#engine/counting.ts'
import { judgedAuthenticator } from '#engine/login/answer.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Take } from '#methods/delivery.ts'
import type { Verdict } from '#methods/method.ts'
import { caseStays, findCase } from '#store/desk/cases.ts'
import type { Write } from '#store/database/connection.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import {
  callerProofWrite,
  callStandingWrite,
  findCallerProof,
  findCallStanding,
} from '#store/desk/proofs.ts'
import { findMemberSession } from '#store/desk/session-facts.ts'
import { warrantInsert } from '#store/desk/warrants.ts'
import { type BoundAuthenticator, commitAuthenticators } from '#store/devices/authenticators.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'

/** What every proof of a caller rests on and leads to, whichever way it is answered. */

/** The agent is still here, in this role, and so is the case. */
export const restsOn = (
  world: World,
  open: OpenMemberSession,
  { value, now }: { readonly value: Case; readonly now: Instant },
) => [
  ...memberStandingWrites(world.db, standingOf(open)),
  caseStays(world.db, { id: value.id, memberId: open.member.id, now }),
]

/**
 * How often a client is asked at the desk. Numbers are counted with those of logins: a stranger who
 * calls again and again leaves the other half of an hour to the client's own logins (A28).
 */
const ASKED = { name: 'desk-asked', count: 5, per: hours(1) } as const

/** One of the times that a client may be asked. */
export const askedTake = (id: SubscriberId): Take => ({
  ...ASKED,
  key: id,
  problem: 'login.too-many-challenges',
})

/** Takes one of them; says until when there is none. */
export const tooOftenAsked = async (world: World, id: SubscriberId): Promise<Refusal | null> =>
  await take(world, [askedTake(id)])

/**
 * What was asked apart from the page of the agent rested on this when it was asked. As it is now;
 * `null` when it is not any more.
 */
export async function stillThere(
  world: World,
  proof: CallerProof,
  { apart, now }: { readonly apart: AskedApart; readonly now: Instant },
): Promise<Pick<Step, 'value' | 'open' | 'calls'> | null> {
  const [found, asking, calls] = await Promise.all([
    findCase(world.db, proof.caseId),
    findMemberSession(world.db, apart.sessionId),
    findCallStanding(world.db, proof.subscriberId),
  ])
  if (!found || !asking || !isCaseOpen(found.value, now)) return null
  const { session, member } = asking
  const isTheirs = member.value.id === proof.memberId && found.value.memberId === proof.memberId
  const isHere = isMemberSessionOpen(session, member.value, now) && member.value.role === apart.role
  if (!isTheirs || !isHere || obstacleTo(calls.value, proof.of, now)) return null
  return { value: found.value, open: { session, member: member.value }, calls }
}

/** Why no caller is asked now; `null` when one may be. */
export function obstacleTo(calls: CallStanding, of: DeedClass, now: Instant): Refusal | null {
  if (isStopped(calls, now)) return refusal('desk.calls-stopped', calls.stoppedUntil ?? now)
  return isOtherChange(calls, of, now) ? refusal('desk.one-change') : null
}

/** Whether its holder can answer with it by telephone. */
export const isSpoken = (
  world: Pick<World, 'methods'>,
  held: Pick<Authenticator, 'method' | 'lifecycle' | 'expiresAt' | 'pendingUntil'>,
  now: Instant,
): boolean =>
  world.methods.get(held.method)?.spoken === true &&
  answers(held, now) &&
  held.pendingUntil === null

/** What was answered with something that the client holds. */
export interface HeldStep extends Step {
  readonly held: BoundAuthenticator
}

export type AnsweredProof = { readonly ok: true; readonly warrant: Warrant } | Refusal

export interface Answered {
  readonly value: Case
  readonly proof: Versioned<CallerProof>
}

/** What an agent has typed, judged by their own case and the proof as both are now. */
export async function answeredOnCase(
  world: World,
  open: OpenMemberSession,
  {
    caseId,
    id,
    judge,
  }: {
    readonly caseId: CaseId
    readonly id: VerificationId
    readonly judge: (answered: Answered) => Promise<AnsweredProof | 'stale'>
  },
): Promise<AnsweredProof> {
  return await retryStale<AnsweredProof>('desk.conflict', async () => {
    const own = await findOwnCase(world, open, caseId)
    if (!own.ok) return own
    const { value } = own.found
    const proof = await findCallerProof(world.db, id)
    return proof?.value.caseId === value.id
      ? await judge({ value, proof })
      : refusal('desk.no-case')
  })
}

/** All that an answer was judged by. */
export interface Step {
  readonly value: Case
  readonly open: OpenMemberSession
  /** What the caller has answered with; `null` for a number that was called. */
  readonly held: BoundAuthenticator | null
  readonly verdict: Verdict
  readonly calls: Written<CallStanding>
  readonly proof: { readonly value: CallerProof; readonly version: number }
  readonly now: Instant
  /** What it rests on besides. */
  readonly besides?: readonly Write[]
}

/** The caller is who they say: one warrant, and the proof is used up. */
export async function acceptProof(
  world: World,
  { value, open, held, verdict, calls, proof, now, besides = [] }: Step,
): Promise<AnsweredProof | 'stale'> {
  if (verdict.outcome !== 'accepted') throw new Error('accepts what was not right')
  const { subscriberId } = value
  const { of, level, method } = proof.value
  const authenticatorId = held?.value.id ?? null
  const verified = verifiedBy(proof.value)
  const warrant = warrantGiven(
    {
      id: newId('war', now, world.random),
      subscriberId,
      memberId: open.member.id,
      caseId: value.id,
      of,
      level,
      verified,
    },
    now,
  )
  const about = { caseNumber: value.number, of, level, method, authenticatorId }
  const event: AuditEvent = {
    kind: 'desk.proof-accepted',
    ...eventOf(value, open),
    verified,
    ...about,
  }
  const suspected: readonly AuditEvent[] =
    verdict.copySuspected && held
      ? [
          {
            kind: 'authenticator.copy-suspected',
            subscriberId,
            method,
            authenticatorId: held.value.id,
          },
        ]
      : []
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      callStandingWrite(world.db, subscriberId, {
        value: proofGiven(calls.value, of, now),
        version: calls.version,
      }),
      callerProofWrite(world.db, {
        value: { ...proof.value, state: 'right' },
        version: proof.version,
      }),
      warrantInsert(world.db, warrant),
      ...besides,
    ],
    changed: held
      ? [
          {
            value: judgedAuthenticator(held.value, verdict, { hardCap: 0, now }),
            version: held.version,
          },
        ]
      : [],
    events: [event, ...suspected],
  })
  if (!written) return 'stale'
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true, warrant }
}

function verifiedBy({ onPhone, onPage, onCall }: CallerProof): Verification {
  if (onCall) return 'call-back'
  return onPage ? 'passkey' : onPhone ? 'approved-on-device' : 'response'
}

/**
 * It was not proven: counted over all agents, and at the device. A card that is only out of step is
 * the card of the client, so its caller has failed nothing: it counts at the device alone.
 */
export async function refuseProof(
  world: World,
  { value, open, held, verdict, calls, proof, now, besides = [] }: Step,
): Promise<AnsweredProof | 'stale'> {
  if (verdict.outcome !== 'rejected') throw new Error('refuses what was right')
  const { subscriberId } = value
  const { of, method } = proof.value
  // A card whose codes were told with another answer counts nothing, and was asked all the same.
  const authenticatorId = held?.value.id ?? proof.value.authenticatorId
  const judged = held && (await judgedWrong(world, { held, verdict, now }))
  // A phone that is not trusted has answered right: its caller has failed nothing either (R041).
  const isRight = verdict.explained === 'login.device-not-trusted'
  const failed = verdict.ahead || isRight ? calls.value : proofFailed(calls.value, now)
  const about = { ...eventOf(value, open), caseNumber: value.number }
  const { reason } = verdict
  const isLocked = held?.value.lifecycle === 'active' && judged?.lifecycle === 'disabled'
  const events: AuditEvent[] = [
    {
      kind: 'desk.proof-refused',
      ...about,
      of,
      method,
      authenticatorId,
      reason,
      ...(isLocked && { disabled: true }),
    },
  ]
  if (failed.stoppedUntil !== calls.value.stoppedUntil && failed.stoppedUntil !== null) {
    events.push({ kind: 'desk.calls-stopped', ...about, until: failed.stoppedUntil })
  }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      callStandingWrite(world.db, subscriberId, { value: failed, version: calls.version }),
      callerProofWrite(world.db, {
        value: { ...proof.value, state: 'wrong' },
        version: proof.version,
      }),
      ...besides,
    ],
    changed: held && judged ? [{ value: judged, version: held.version }] : [],
    events,
  })
  if (!written) return 'stale'
  world.wakeUps.publish(topicOfClient(subscriberId))
  return refusal(verdict.ahead ? 'desk.out-of-step' : 'desk.not-proven')
}

/**
 * A wrong answer to what was asked apart: it may be given again, as at a login; the last of them
 * was no proof.
 *
 * @returns the problem of the last one, or what may be said of this one
 */
export async function countWrong(
  world: World,
  wrong: Step & { readonly apart: AskedApart },
): Promise<{ readonly isLast: boolean; readonly isLocked: boolean } | 'stale'> {
  const { value, open, held, verdict, apart, now } = wrong
  if (verdict.outcome !== 'rejected') throw new Error('counts what was right')
  const counted = { ...apart, wrongAnswers: apart.wrongAnswers + 1 }
  const asked = wrong.proof.value
  const proof = {
    ...wrong.proof,
    value: { ...asked, ...(asked.onPage ? { onPage: counted } : { onPhone: counted }) },
  }
  const judged = held && (await judgedWrong(world, { held, verdict, now }))
  const isLocked = judged !== null && judged.lifecycle !== 'active'
  if (isLocked || counted.wrongAnswers >= WRONG_ANSWERS_MAX) {
    const refused = await refuseProof(world, { ...wrong, proof })
    return refused === 'stale' ? 'stale' : { isLast: true, isLocked }
  }
  const event: AuditEvent = {
    kind: 'desk.answer-wrong',
    ...eventOf(value, open),
    caseNumber: value.number,
    of: asked.of,
    method: asked.method,
    authenticatorId: held?.value.id ?? null,
    reason: verdict.reason,
  }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [...restsOn(world, open, { value, now }), callerProofWrite(world.db, proof)],
    changed: held && judged ? [{ value: judged, version: held.version }] : [],
    events: [event],
  })
  return written ? { isLast: false, isLocked } : 'stale'
}

/** The device after a wrong answer, which counts there as at a login. */
async function judgedWrong(
  world: World,
  {
    held,
    verdict,
    now,
  }: { readonly held: BoundAuthenticator; readonly verdict: Rejected; readonly now: Instant },
): Promise<Authenticator> {
  const method = methodNamed(world, held.value.method)
  const counting = await countingFor(world, held.subscriberIds, method)
  // The rules of an account may count every failed attempt (RTS 2018/389, article 4).
  return judgedAuthenticator(held.value, verdict, { ...counting, now })
}

type Rejected = Extract<Verdict, { outcome: 'rejected' }>
