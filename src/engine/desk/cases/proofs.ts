import type { AuditEvent } from '#core/audit/audit.ts'
import type { Case } from '#core/desk/case.ts'
import { firstName } from '#core/desk/call.ts'
import { CLASSES, type DeedClass } from '#core/desk/deeds.ts'
import {
  type CallerProof,
  type CallStanding,
  LEVEL_OF,
  type ProofWay,
} from '#core/desk/verification.ts'
import {
  type AuthenticatorId,
  type CaseId,
  newId,
  type SubscriberId,
  type VerificationId,
} from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import type { Subscriber } from '#core/subscribers/account.ts'
import type { Effect } from '#core/login/state.ts'
import { after, instant, type Instant } from '#core/time/time.ts'
import { effectOf } from '#engine/delivery/effects.ts'
import { eventOf, findOwnCase } from '#engine/desk/cases/cases.ts'
import {
  acceptProof,
  type Answered,
  answeredOnCase,
  type AnsweredProof,
  isSpoken,
  obstacleTo,
  refuseProof,
  restsOn,
  tooOftenAsked,
} from '#engine/desk/cases/proof-steps.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { countingFor } from '#engine/counting.ts'
import { retryStale } from '#engine/retry.ts'
import { opaque } from '#engine/secrets.ts'
import { TOPIC_OF_OUTBOX, topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import type { Asking as MethodAsking, Method, Verdict } from '#methods/method.ts'
import type { AskedFirst } from '#methods/on-call.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { callerProofWrite, callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'
import type { Written } from '#store/queries/versioned.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * Who is calling: the agent reads a number out, and the caller reads back what their phone or card
 * makes of it, or types it on the phone that is asked. The number begins with 9 and is drawn by the
 * server, so that what is overheard here answers no login, and what was overheard at a login
 * answers nothing here (A8, A13).
 *
 * A phone without a connection may ask first: then the agent reads out what proves us before the
 * number, and the phone takes no PIN until that is right.
 *
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response"
 */
export interface BegunProof {
  readonly ok: true
  readonly id: VerificationId
  /** To be read out. */
  readonly number: string
  /** What is read out before it, where the phone of the caller has asked first. */
  readonly proof?: string
  readonly until: Instant
}

interface Asking {
  readonly caseId: CaseId
  readonly authenticatorId: AuthenticatorId
  /** What it is to open. */
  readonly of: DeedClass
  /** By a response that is read back, unless the phone itself is to be asked. */
  readonly way?: Exclude<ProofWay, 'page' | 'call-back'>
  /** What the caller has read from the phone, as the agent typed it; with the way `mutual`. */
  readonly question?: string
}

/** Draws the number that the caller is asked. */
export async function beginProof(
  world: World,
  open: OpenMemberSession,
  asking: Asking,
): Promise<BegunProof | Refusal> {
  const own = await findOwnCase(world, open, asking.caseId)
  if (!own.ok) return own
  const misread = await misreadQuestion(world, asking)
  if (misread) return misread
  const tooOften = await tooOftenAsked(world, own.found.value.subscriberId)
  if (tooOften) return tooOften
  return await retryStale<BegunProof | Refusal>('desk.conflict', async () => {
    // It may have been closed, or denied, meanwhile.
    const still = await findOwnCase(world, open, asking.caseId)
    return still.ok ? await draw(world, open, { ...asking, value: still.found.value }) : still
  })
}

interface Drawing extends Asking {
  readonly value: Case
}

async function draw(
  world: World,
  open: OpenMemberSession,
  drawing: Drawing,
): Promise<BegunProof | Refusal | 'stale'> {
  const { value, authenticatorId, of, way = 'response' } = drawing
  const { subscriberId, id: caseId } = value
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
  const isOnPhone = way === 'phone'
  if (isOnPhone && !canAskPhone(method, subscriber.value)) return refusal('desk.cannot-ask')
  const mutual = way === 'mutual' ? askedFirst(method, drawing) : undefined
  if (mutual && 'problem' in mutual) return mutual
  const id = newId('vrf', now, world.random)
  const asked = { ...drawing, id, subscriber: subscriber.value, now }
  const asking = { ...askingOf(world, open, asked), ...(mutual && { mutual }) }
  const question = method.challenge(held.value.state, asking)
  if (!question.ok) return refusal(question.problem, question.until)
  const { unique, expected, state, validFor, proof: answered } = question
  const until = isOnPhone ? endOnPhone(method, expected) : after(now, validFor)
  // It was asked too often, or its holder has just said no: it is left in peace.
  if (until === null) return refusal('desk.cannot-ask')
  if (unique === undefined) throw new Error(`${method.name} asks no number that can be read out`)
  const { role } = open.member
  const proof: CallerProof = {
    id,
    caseId,
    subscriberId,
    memberId: open.member.id,
    authenticatorId,
    method: method.name,
    number: unique,
    of,
    level: LEVEL_OF[way],
    begunAt: now,
    expiresAt: until,
    expected,
    state: 'open',
    ...(isOnPhone && { onPhone: { role, sessionId: open.session.id, wrongAnswers: 0 } }),
    ...(mutual && answered !== undefined && { mutual: { asked: mutual.question, answered } }),
  }
  const effects = question.deliver.map((one) => effectOf(one, { to: authenticatorId }))
  const asks = { value, proof, calls, held: { ...held, value: { ...held.value, state } }, effects }
  return await write(world, open, asks)
}

interface Drawn {
  readonly value: Case
  readonly proof: CallerProof
  readonly calls: Written<CallStanding>
  /** With what was drawn in its state. */
  readonly held: BoundAuthenticator
  readonly effects: readonly Effect[]
}

/** What is asked stands written before it is read out. */
async function write(
  world: World,
  open: OpenMemberSession,
  { value, proof, calls, held, effects }: Drawn,
): Promise<BegunProof | 'stale'> {
  const { id, begunAt: now, subscriberId, number, mutual, expiresAt: until } = proof
  const authenticatorId = held.value.id
  const event: AuditEvent = {
    kind: 'desk.proof-begun',
    ...eventOf(value, open),
    caseNumber: value.number,
    of: proof.of,
    level: proof.level,
    method: proof.method,
    authenticatorId,
    ...(mutual && { mutual: true }),
  }
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, open, { value, now }),
      callStandingWrite(world.db, subscriberId, calls),
      callerProofWrite(world.db, { value: proof, version: null }),
      ...outboxWrites(world.db, effects, { id, version: 1, now }),
    ],
    changed: [held],
    challenge: { authenticatorId, number },
    events: [event],
  })
  if (!written) return 'stale'
  if (proof.onPhone) world.wakeUps.publish(topicOfPhone(authenticatorId))
  if (effects.length > 0) world.wakeUps.publish(TOPIC_OF_OUTBOX)
  return { ok: true, id, number, until, ...(mutual && { proof: mutual.answered }) }
}

/** A question that was heard wrong costs the client none of the times that they may be asked. */
async function misreadQuestion(world: World, asking: Asking): Promise<Refusal | null> {
  if (asking.way !== 'mutual') return null
  const held = await findAuthenticator(world.db, asking.authenticatorId)
  if (!held) return refusal('desk.cannot-ask')
  const method = methodNamed(world, held.value.method)
  const asked = askedFirst(method, asking)
  if ('problem' in asked) return asked
  return method.device?.desk?.knows(held.value.state) ? null : refusal('desk.cannot-ask')
}

/** What the phone of the caller has asked, if it is a question that it asks. */
function askedFirst(
  { device }: Method,
  { of, question = '' }: Pick<Asking, 'of' | 'question'>,
): AskedFirst | Refusal {
  const { desk } = device ?? {}
  if (!desk) return refusal('desk.cannot-ask')
  const read = desk.read(question)
  if (read === null) return refusal('login.malformed-answer')
  return { question: read, about: CLASSES.indexOf(of) }
}

interface Asked extends Drawing {
  readonly id: VerificationId
  readonly subscriber: Subscriber
  readonly now: Instant
}

/** What the device is asked with: the number alone, or all that the phone shows. */
function askingOf(world: World, open: OpenMemberSession, asked: Asked): MethodAsking {
  const { value, authenticatorId, way, id, subscriber, now } = asked
  const { language } = subscriber
  const isOnPhone = way === 'phone'
  return {
    now,
    random: world.random,
    authenticatorId,
    transaction: id,
    purpose: 'desk',
    context: isOnPhone
      ? contextOnPhone(world, open, asked)
      : { purpose: 'desk', case: value.number },
    // Unless the phone is asked nothing is sent: the caller answers by voice.
    way: isOnPhone ? null : 'response',
    seamless: isOnPhone,
    recognised: false,
    // The agent reads it out, and the phone does not show it.
    transfer: isOnPhone,
    language,
    holderLanguage: language,
    subscriber: subscriber.id,
    network: opaque(world.keys, `desk ${open.member.id}`),
    channels: [],
    issuer: world.settings.issuer,
    brand: world.settings.name,
  }
}

/** Who asks, from which desk, why, and what it opens: the phone shows exactly what it signs. */
const contextOnPhone = (
  { settings }: World,
  { member }: OpenMemberSession,
  { value, subscriber, of, now }: Asked,
) => ({
  purpose: 'desk',
  userName: subscriber.userName,
  agent: firstName(member.name),
  brand: settings.name,
  caseNumber: value.number,
  reason: value.reason,
  opens: of,
  askedAt: now,
})

/** Until when the phone itself may answer; `null` when it may not. */
function endOnPhone({ device }: Method, expected: Json): Instant | null {
  const request = device?.request(expected) as { readonly expiresAt: number } | null | undefined
  return request ? instant(request.expiresAt) : null
}

/** Whether its holder is asked on the device itself, as they have chosen (R038). */
export const canAskPhone = (
  { device }: Pick<Method, 'device'>,
  { seamless }: Pick<Subscriber, 'seamless'>,
): boolean => device !== undefined && seamless

/**
 * Whether this device can be asked by telephone. Wrong responses count as they do at a login (S1),
 * so half of the tries are left to its holder: a stranger who calls disables no device (A28).
 */
async function mayBeAsked(
  world: World,
  { value: held, subscriberIds }: BoundAuthenticator,
  subscriberId: SubscriberId,
): Promise<boolean> {
  return (
    isSpoken(world, held, world.now()) &&
    subscriberIds.includes(subscriberId) &&
    (await leavesHalf(world, { value: held, subscriberIds }))
  )
}

/** Looked at when a number is drawn and again before it is judged: several are open at once. */
async function leavesHalf(
  world: World,
  { value: held, subscriberIds }: Pick<BoundAuthenticator, 'value' | 'subscriberIds'>,
): Promise<boolean> {
  const { hardCap: cap } = await countingFor(world, subscriberIds, methodNamed(world, held.method))
  return held.failures < Math.floor(cap / 2)
}

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
  return await answeredOnCase(world, open, {
    ...answering,
    judge: async (answered) => await judge(world, open, { ...answering, ...answered }),
  })
}

async function judge(
  world: World,
  open: OpenMemberSession,
  { value, proof: found, response }: Answering & Answered,
): Promise<AnsweredProof | 'stale'> {
  const now = world.now()
  const { value: proof, version } = found
  // The client was asked apart: a response that is read back is worth less, and none to that.
  const { authenticatorId } = proof
  if (proof.onPhone || proof.onPage || proof.onCall || authenticatorId === null)
    return refusal('desk.proof-expired')
  if (proof.state !== 'open' || now >= proof.expiresAt) return refusal('desk.proof-expired')
  const calls = await findCallStanding(world.db, value.subscriberId)
  const obstacle = obstacleTo(calls.value, proof.of, now)
  if (obstacle) return obstacle
  const held = await findAuthenticator(world.db, authenticatorId)
  if (!held) throw new Error('a proof by an authenticator that does not exist')
  if (!(await leavesHalf(world, held))) return refusal('desk.cannot-ask')
  const verdict = await verdictOn(world, held, { proof, response, now })
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  const step = { value, open, held, verdict, calls, proof: { value: proof, version }, now }
  return verdict.outcome === 'accepted'
    ? await acceptProof(world, step)
    : await refuseProof(world, step)
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
  const { expected, subscriberId } = proof
  const judging = { authenticatorId: held.id, expected, answer: { response }, now, browser: null }
  const verdict = await methodNamed(world, proof.method).verify(held.state, judging)
  if (verdict.outcome === 'malformed' || verdict.outcome === 'rejected') return verdict
  const counts = isSpoken(world, held, now) && subscriberIds.includes(subscriberId)
  if (verdict.outcome === 'accepted' && counts) return verdict
  return { outcome: 'rejected', reason: held.lifecycle }
}
