import type { AskedApart, CallerProof } from '#core/desk/verification.ts'
import { type AuthenticatorId, isId, type VerificationId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import { eventOf } from '#engine/desk/cases/cases.ts'
import { denyCallFromDevice } from '#engine/desk/cases/denied.ts'
import {
  acceptProof,
  countWrong,
  isSpoken,
  restsOn,
  type HeldStep,
  stillThere,
} from '#engine/desk/cases/proof-steps.ts'
import type { DeviceCall } from '#engine/devices/phone-approval.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfCase } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { callerProofWrite, findCallerProof, listOpenCallerProofs } from '#store/desk/proofs.ts'
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
    const { onPhone: apart, authenticatorId } = found?.value ?? {}
    if (!found || !apart || authenticatorId !== call.authenticator.id) return GONE
    const answered = await judge(world, found, { apart, authenticatorId, signed })
    if (answered !== 'stale') world.wakeUps.publish(topicOfCase(found.value.caseId))
    return answered
  })
}

interface Judging {
  readonly apart: AskedApart
  readonly authenticatorId: AuthenticatorId
  readonly signed: string
}

async function judge(
  world: World,
  { value: proof, version }: Versioned<CallerProof>,
  { apart, authenticatorId, signed }: Judging,
): Promise<AnsweredCall | 'stale'> {
  const now = world.now()
  const { expected, subscriberId } = proof
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
  const there = await stillThere(world, proof, { apart, now })
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
      return await refuseWrong(world, { ...step, apart })
  }
}

type Judged = Omit<HeldStep, 'verdict'>

/** The number is right, and nothing is proven yet: of checks that come at once each is written. */
async function noteMatch(
  world: World,
  { value, open, held, proof, now }: Judged,
): Promise<AnsweredCall | 'stale'> {
  const { of, method } = proof.value
  const about = { caseNumber: value.number, of, method, authenticatorId: held.value.id }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [...restsOn(world, open, { value, now }), callerProofWrite(world.db, proof)],
    changed: [],
    events: [{ kind: 'desk.number-matched', ...eventOf(value, open), ...about }],
  })
  return written ? { ok: true, outcome: 'matched' } : 'stale'
}

/** A wrong number or PIN may be typed again, as at a login; the last of them was no proof. */
async function refuseWrong(
  world: World,
  wrong: HeldStep & { readonly apart: AskedApart },
): Promise<AnsweredCall | 'stale'> {
  const { verdict } = wrong
  if (verdict.outcome !== 'rejected') throw new Error('refuses what was right')
  const counted = await countWrong(world, wrong)
  if (counted === 'stale') return 'stale'
  if (counted.isLocked) return refusal('login.authenticator-locked')
  if (counted.isLast) return refusal('login.too-many-wrong-answers')
  return refusal(verdict.explained ?? 'login.wrong-answer')
}
