import type { Case } from '#core/desk/case.ts'
import { type DeedClass, type Level } from '#core/desk/deeds.ts'
import {
  type CallerProof,
  type CallStanding,
  isOtherChange,
  isStopped,
  proofFailed,
  proofGiven,
} from '#core/desk/verification.ts'
import { type Warrant, warrantGiven } from '#core/desk/warrant.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import {
  type AuthenticatorId,
  type CaseId,
  newId,
  type SubscriberId,
  type VerificationId,
} from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, hours, type Instant } from '#core/time/time.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { hardCapOf, judgedAuthenticator } from '#engine/login/answer.ts'
import { retryStale } from '#engine/retry.ts'
import { opaque } from '#engine/secrets.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Verdict } from '#methods/method.ts'
import { caseStays } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import {
  callerProofWrite,
  callStandingWrite,
  findCallerProof,
  findCallStanding,
} from '#store/desk/proofs.ts'
import { warrantInsert } from '#store/desk/warrants.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Written } from '#store/queries/versioned.ts'

/**
 * Who is calling: the agent reads a number out, and the caller reads back what their phone or card
 * makes of it. The number begins with 9 and is drawn by the server, so that what is overheard here
 * answers no login, and what was overheard at a login answers nothing here (A8, A13).
 */
export interface BegunProof {
  readonly ok: true
  readonly id: VerificationId
  /** To be read out. */
  readonly number: string
  readonly until: Instant
}

/** A spoken response, whatever it was made with. */
const SPOKEN: Level = 'L2'

/**
 * How often a client is asked at the desk. Numbers are counted with those of logins: a stranger who
 * calls again and again leaves the other half of an hour to the client's own logins (A28).
 */
const ASKED = { name: 'desk-asked', count: 5, per: hours(1) } as const

interface Asking {
  readonly caseId: CaseId
  readonly authenticatorId: AuthenticatorId
  /** What it is to open. */
  readonly of: DeedClass
}

/** Draws the number that the caller is asked. */
export async function beginProof(
  world: World,
  open: OpenMemberSession,
  asking: Asking,
): Promise<BegunProof | Refusal> {
  const own = await findOwnCase(world, open, asking.caseId)
  if (!own.ok) return own
  const { value } = own.found
  const taken = await world.limits.take(ASKED, value.subscriberId)
  if (!taken.ok) return refusal('login.too-many-challenges', taken.until)
  return await retryStale<BegunProof | Refusal>('desk.conflict', () =>
    draw(world, open, { ...asking, value }),
  )
}

async function draw(
  world: World,
  open: OpenMemberSession,
  { value, authenticatorId, of }: Asking & { readonly value: Case },
): Promise<BegunProof | Refusal | 'stale'> {
  const { subscriberId, id: caseId, number: caseNumber } = value
  const now = world.now()
  const [calls, held, subscriber] = await Promise.all([
    findCallStanding(world.db, subscriberId),
    findAuthenticator(world.db, authenticatorId),
    findSubscriber(world.db, subscriberId),
  ])
  const obstacle = obstacleTo(calls.value, of, now)
  if (obstacle) return obstacle
  if (!subscriber || !held || !(await mayBeAsked(world, held, subscriberId)))
    return refusal('desk.cannot-ask')
  const method = methodNamed(world, held.value.method)
  const id = newId('vrf', now, world.random)
  const question = method.challenge(held.value.state, {
    now,
    random: world.random,
    authenticatorId,
    transaction: id,
    purpose: 'desk',
    context: { purpose: 'desk', case: caseNumber },
    // Nothing is sent: the caller is on the telephone, and answers by voice.
    way: 'response',
    seamless: false,
    recognised: false,
    transfer: false,
    language: subscriber.value.language,
    holderLanguage: subscriber.value.language,
    subscriber: subscriberId,
    network: opaque(world.keys, `desk ${open.member.id}`),
    channels: [],
    issuer: world.settings.issuer,
    brand: world.settings.name,
  })
  if (!question.ok) return refusal(question.problem, question.until)
  const { unique, expected, state, validFor } = question
  if (unique === undefined) throw new Error(`${method.name} asks no number that can be read out`)
  const proof: CallerProof = {
    id,
    caseId,
    subscriberId,
    memberId: open.member.id,
    authenticatorId,
    method: method.name,
    number: unique,
    of,
    level: SPOKEN,
    begunAt: now,
    expiresAt: after(now, validFor),
    expected,
    state: 'open',
  }
  const about = { caseNumber, of, method: method.name, authenticatorId }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      callStandingWrite(world.db, subscriberId, calls),
      callerProofWrite(world.db, { value: proof, version: null }),
    ],
    changed: [{ value: { ...held.value, state }, version: held.version }],
    challenge: { authenticatorId, number: unique },
    events: [{ kind: 'desk.proof-begun', ...eventOf(value, open), ...about }],
  })
  return written ? { ok: true, id, number: unique, until: proof.expiresAt } : 'stale'
}

const restsOn = (
  world: World,
  open: OpenMemberSession,
  { value, now }: { readonly value: Case; readonly now: Instant },
) => [
  ...memberStandingWrites(world.db, standingOf(open)),
  caseStays(world.db, { id: value.id, memberId: open.member.id, now }),
]

/** Why no caller is asked now; `null` when one may be. */
function obstacleTo(calls: CallStanding, of: DeedClass, now: Instant): Refusal | null {
  if (isStopped(calls, now)) return refusal('desk.calls-stopped', calls.stoppedUntil ?? now)
  return isOtherChange(calls, of, now) ? refusal('desk.one-change') : null
}

/**
 * Whether this device can be asked by telephone. Wrong responses count as they do at a login (S1),
 * so half of the tries are left to its holder: a stranger who calls disables no device (A28).
 */
async function mayBeAsked(
  world: World,
  { value: held, subscriberIds }: BoundAuthenticator,
  subscriberId: SubscriberId,
): Promise<boolean> {
  const method = methodNamed(world, held.method)
  const cap = await hardCapOf(world, subscriberIds, method)
  return (
    isSpoken(world, held, world.now()) &&
    subscriberIds.includes(subscriberId) &&
    held.failures < Math.floor(cap / 2)
  )
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

export type AnsweredProof = { readonly ok: true; readonly warrant: Warrant } | Refusal

interface Answering {
  readonly caseId: CaseId
  readonly id: VerificationId
  /** As the agent typed what they heard. */
  readonly response: string
}

/**
 * What the caller has read back. A right response gives one warrant; a wrong one is counted over
 * all agents. The agent hears that it was not proven, and never why.
 */
export async function answerProof(
  world: World,
  open: OpenMemberSession,
  answering: Answering,
): Promise<AnsweredProof> {
  return await retryStale<AnsweredProof>('desk.conflict', async () => {
    const own = await findOwnCase(world, open, answering.caseId)
    if (!own.ok) return own
    return await judge(world, open, { ...answering, value: own.found.value })
  })
}

async function judge(
  world: World,
  open: OpenMemberSession,
  { value, id, response }: Answering & { readonly value: Case },
): Promise<AnsweredProof | 'stale'> {
  const now = world.now()
  const found = await findCallerProof(world.db, id)
  if (found?.value.caseId !== value.id) return refusal('desk.no-case')
  const { value: proof, version } = found
  if (proof.state !== 'open' || now >= proof.expiresAt) return refusal('desk.proof-expired')
  const calls = await findCallStanding(world.db, value.subscriberId)
  const obstacle = obstacleTo(calls.value, proof.of, now)
  if (obstacle) return obstacle
  const held = await findAuthenticator(world.db, proof.authenticatorId)
  if (!held) throw new Error('a proof by an authenticator that does not exist')
  const verdict = await verdictOn(world, held, { proof, response, now })
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  const step = { value, open, held, verdict, calls, proof: { value: proof, version }, now }
  return verdict.outcome === 'accepted' ? await accept(world, step) : await refuse(world, step)
}

type Judged = Extract<Verdict, { outcome: 'accepted' | 'rejected' | 'malformed' }>

/** Stopped, disabled or taken away since it was asked: no answer of it is right any more. */
async function verdictOn(
  world: World,
  { value: held, subscriberIds }: BoundAuthenticator,
  {
    proof,
    response,
    now,
  }: { readonly proof: CallerProof; readonly response: string; readonly now: Instant },
): Promise<Judged> {
  const { authenticatorId, expected, subscriberId } = proof
  const judging = { authenticatorId, expected, answer: { response }, now, browser: null }
  const verdict = await methodNamed(world, proof.method).verify(held.state, judging)
  if (verdict.outcome === 'malformed' || verdict.outcome === 'rejected') return verdict
  const counts = isSpoken(world, held, now) && subscriberIds.includes(subscriberId)
  if (verdict.outcome === 'accepted' && counts) return verdict
  return { outcome: 'rejected', reason: held.lifecycle }
}

interface Step {
  readonly value: Case
  readonly open: OpenMemberSession
  readonly held: BoundAuthenticator
  readonly verdict: Judged
  readonly calls: Written<CallStanding>
  readonly proof: { readonly value: CallerProof; readonly version: number }
  readonly now: Instant
}

async function accept(
  world: World,
  { value, open, held, verdict, calls, proof, now }: Step,
): Promise<AnsweredProof | 'stale'> {
  if (verdict.outcome !== 'accepted') throw new Error('accepts what was not right')
  const { subscriberId } = value
  const { of, level, method, authenticatorId } = proof.value
  const warrant = warrantGiven(
    {
      id: newId('war', now, world.random),
      subscriberId,
      memberId: open.member.id,
      caseId: value.id,
      of,
      level,
      verified: 'response',
    },
    now,
  )
  const about = { caseNumber: value.number, of, level, method, authenticatorId }
  const event: AuditEvent = {
    kind: 'desk.proof-accepted',
    ...eventOf(value, open),
    verified: 'response',
    ...about,
  }
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
    ],
    changed: [
      {
        value: judgedAuthenticator(held.value, verdict, { hardCap: 0, now }),
        version: held.version,
      },
    ],
    events: [event],
  })
  if (!written) return 'stale'
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true, warrant }
}

async function refuse(
  world: World,
  { value, open, held, verdict, calls, proof, now }: Step,
): Promise<AnsweredProof | 'stale'> {
  if (verdict.outcome !== 'rejected') throw new Error('refuses what was right')
  const { subscriberId } = value
  const { of, method, authenticatorId } = proof.value
  const hardCap = await hardCapOf(world, held.subscriberIds, methodNamed(world, method))
  const failed = proofFailed(calls.value, now)
  const about = { ...eventOf(value, open), caseNumber: value.number }
  const { reason } = verdict
  const events: AuditEvent[] = [
    { kind: 'desk.proof-refused', ...about, of, method, authenticatorId, reason },
  ]
  if (failed.stoppedUntil !== calls.value.stoppedUntil && failed.stoppedUntil !== null) {
    events.push({ kind: 'desk.calls-stopped', ...about, until: failed.stoppedUntil })
  }
  const judged = judgedAuthenticator(held.value, verdict, { hardCap, now })
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      callStandingWrite(world.db, subscriberId, { value: failed, version: calls.version }),
      callerProofWrite(world.db, {
        value: { ...proof.value, state: 'wrong' },
        version: proof.version,
      }),
    ],
    changed: [{ value: judged, version: held.version }],
    events,
  })
  if (!written) return 'stale'
  world.wakeUps.publish(topicOfClient(subscriberId))
  return refusal('desk.not-proven')
}
