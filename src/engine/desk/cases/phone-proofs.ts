import type { AuditEvent } from '#core/audit/audit.ts'
import { isCaseOpen } from '#core/desk/case.ts'
import { isMemberSessionOpen } from '#core/desk/member.ts'
import type { AskedOnPhone, CallerProof } from '#core/desk/verification.ts'
import { type AuthenticatorId, isId, type VerificationId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { WRONG_ANSWERS_MAX } from '#core/login/login.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { eventOf } from '#engine/desk/cases/cases.ts'
import { denyCallFromDevice } from '#engine/desk/cases/denied.ts'
import {
  acceptProof,
  isSpoken,
  judgedWrong,
  obstacleTo,
  refuseProof,
  restsOn,
  type Step,
} from '#engine/desk/cases/proof-steps.ts'
import type { DeviceCall } from '#engine/devices/phone-approval.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfCase } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { findCase } from '#store/desk/cases.ts'
import {
  callerProofWrite,
  findCallerProof,
  findCallStanding,
  listOpenCallerProofs,
} from '#store/desk/proofs.ts'
import { findMemberSession } from '#store/desk/session-facts.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * The caller proves on the phone who they are (L3): it shows who of us asks, from which desk and
 * why, and signs that with the number that the agent has read out.
 *
 * The answer does not come over the page of the agent. So agent, session, role and case are looked
 * at again when it comes, and held in its commit.
 */

/** Whatever has ended meanwhile is no request any more; why is not the business of the phone. */
const GONE = refusal('phone.request-not-found')

/** What agents of the desk ask this phone now: in each case what was asked last. */
export async function listCallRequests(
  world: World,
  { authenticator, subscriberIds }: Pick<DeviceCall, 'authenticator' | 'subscriberIds'>,
): Promise<readonly Json[]> {
  const now = world.now()
  if (!isSpoken(world, authenticator, now)) return []
  const found = await Promise.all(
    subscriberIds.map((id) => listOpenCallerProofs(world.db, id, now)),
  )
  const all = found.flat().map(({ value }) => value)
  const latest = [...Map.groupBy(all, ({ caseId }) => caseId).values()].flatMap(
    ([one]) => one ?? [],
  )
  const { device } = methodNamed(world, authenticator.method)
  return latest
    .filter((one) => one.onPhone !== undefined && one.authenticatorId === authenticator.id)
    .map(({ expected }) => device?.request(expected) ?? null)
    .filter((request) => request !== null)
}

/** Whether this is what an agent asks: what a phone is asked else is a login or a task. */
export const isCallRequest = (transaction: string): transaction is VerificationId =>
  isId('vrf', transaction)

/** The phone has it, or shows it: then it is the one that is asked. */
export async function noteCallReceipt(
  world: World,
  authenticatorId: AuthenticatorId,
  id: VerificationId,
): Promise<{ readonly ok: true } | Refusal> {
  const proof = (await findCallerProof(world.db, id))?.value
  const isAsked = proof?.onPhone !== undefined && proof.authenticatorId === authenticatorId
  return isAsked && proof.state === 'open' && world.now() < proof.expiresAt ? { ok: true } : GONE
}

export type AnsweredCall =
  | { readonly ok: true; readonly outcome: 'approved' | 'matched' | 'denied' }
  | Refusal

interface Signed {
  readonly transaction: string
  /** What the phone has signed, with all of it inside. */
  readonly signed: string
}

/** Approves, has the number checked, or says that none of us is on the telephone. */
export async function answerCall(
  world: World,
  call: Pick<DeviceCall, 'authenticator'>,
  { transaction, signed }: Signed,
): Promise<AnsweredCall> {
  if (!isCallRequest(transaction)) return GONE
  return await retryStale<AnsweredCall>(GONE.problem, async () => {
    const found = await findCallerProof(world.db, transaction)
    const { onPhone, authenticatorId } = found?.value ?? {}
    if (!found || !onPhone || authenticatorId !== call.authenticator.id) return GONE
    const answered = await judge(world, found, { onPhone, signed })
    if (answered !== 'stale') world.wakeUps.publish(topicOfCase(found.value.caseId))
    return answered
  })
}

interface Judging {
  readonly onPhone: AskedOnPhone
  readonly signed: string
}

async function judge(
  world: World,
  { value: proof, version }: Versioned<CallerProof>,
  { onPhone, signed }: Judging,
): Promise<AnsweredCall | 'stale'> {
  const now = world.now()
  const { authenticatorId, expected, subscriberId } = proof
  const held = await findAuthenticator(world.db, authenticatorId)
  if (!held?.subscriberIds.includes(subscriberId) || !isSpoken(world, held.value, now)) return GONE
  const judging = { authenticatorId, expected, answer: { approval: signed }, now, browser: null }
  const verdict = await methodNamed(world, proof.method).verify(held.value.state, judging)
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  if (verdict.outcome === 'denied') {
    // A no is never too late: it is true of the call, whatever became of the request.
    const denied = await denyCallFromDevice(world, { value: proof, version })
    if (denied.ok) return { ok: true, outcome: 'denied' }
    return denied.problem === 'desk.conflict' ? 'stale' : GONE
  }
  if (verdict.outcome === 'late' || proof.state !== 'open' || now >= proof.expiresAt) return GONE
  const there = await stillThere(world, proof, { onPhone, now })
  if (!there) return GONE
  const step = { ...there, held, verdict, proof: { value: proof, version }, now }
  switch (verdict.outcome) {
    case 'matched':
      return await noteMatch(world, step)
    case 'accepted': {
      const done = await acceptProof(world, step)
      if (done === 'stale') return done
      return done.ok ? { ok: true, outcome: 'approved' } : GONE
    }
    case 'rejected':
      return await countWrong(world, { ...step, verdict, onPhone })
  }
}

/** What the request rested on when it was made, as it is now; `null` when it is not any more. */
async function stillThere(
  world: World,
  proof: CallerProof,
  { onPhone, now }: Pick<Judging, 'onPhone'> & { readonly now: Instant },
): Promise<Pick<Step, 'value' | 'open' | 'calls'> | null> {
  const [found, asking, calls] = await Promise.all([
    findCase(world.db, proof.caseId),
    findMemberSession(world.db, onPhone.sessionId),
    findCallStanding(world.db, proof.subscriberId),
  ])
  if (!found || !asking || !isCaseOpen(found.value, now)) return null
  const { session, member } = asking
  const isTheirs = member.value.id === proof.memberId && found.value.memberId === proof.memberId
  const isHere =
    isMemberSessionOpen(session, member.value, now) && member.value.role === onPhone.role
  if (!isTheirs || !isHere || obstacleTo(calls.value, proof.of, now)) return null
  return { value: found.value, open: { session, member: member.value }, calls }
}

type Judged = Omit<Step, 'verdict'>

/** The number is right, and nothing is proven yet: of checks that come at once each is written. */
async function noteMatch(
  world: World,
  { value, open, proof, now }: Judged,
): Promise<AnsweredCall | 'stale'> {
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [...restsOn(world, open, { value, now }), callerProofWrite(world.db, proof)],
    changed: [],
    events: [{ kind: 'desk.number-matched', ...eventOf(value, open), ...aboutOf(value, proof) }],
  })
  return written ? { ok: true, outcome: 'matched' } : 'stale'
}

const aboutOf = (
  { number: caseNumber }: Step['value'],
  { value: { of, method, authenticatorId } }: Step['proof'],
) => ({ caseNumber, of, method, authenticatorId })

interface Wrong extends Judged {
  readonly verdict: Extract<Step['verdict'], { outcome: 'rejected' }>
  readonly onPhone: AskedOnPhone
}

/** A wrong number or PIN may be typed again, as at a login; the last of them was no proof. */
async function countWrong(world: World, wrong: Wrong): Promise<AnsweredCall | 'stale'> {
  const { value, open, held, verdict, onPhone, now } = wrong
  const wrongAnswers = onPhone.wrongAnswers + 1
  const proof = {
    ...wrong.proof,
    value: { ...wrong.proof.value, onPhone: { ...onPhone, wrongAnswers } },
  }
  const judged = await judgedWrong(world, { held, verdict, now })
  const isLocked = judged.lifecycle !== 'active'
  if (isLocked || wrongAnswers >= WRONG_ANSWERS_MAX) {
    if ((await refuseProof(world, { ...wrong, proof })) === 'stale') return 'stale'
    return refusal(isLocked ? 'login.authenticator-locked' : 'login.too-many-wrong-answers')
  }
  const event: AuditEvent = {
    kind: 'desk.answer-wrong',
    ...eventOf(value, open),
    ...aboutOf(value, proof),
    reason: verdict.reason,
  }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [...restsOn(world, open, { value, now }), callerProofWrite(world.db, proof)],
    changed: [{ value: judged, version: held.version }],
    events: [event],
  })
  return written ? refusal(verdict.explained ?? 'login.wrong-answer') : 'stale'
}
