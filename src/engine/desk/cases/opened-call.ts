import type { AuditEvent } from '#core/audit/audit.ts'
import type { CallerProof } from '#core/desk/verification.ts'
import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, isId } from '#core/ids.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { readCode } from '#core/text/typed.ts'
import { countingFor } from '#engine/counting.ts'
import { eventOf } from '#engine/desk/cases/cases.ts'
import { countWrong, type HeldStep, restsOn, stillThere } from '#engine/desk/cases/proof-steps.ts'
import { newQuestion, openedQuestion } from '#engine/desk/question.ts'
import { judgedAuthenticator } from '#engine/login/answer.ts'
import type { Client } from '#engine/login/view.ts'
import { CALL_CODES, refundAttempt, takeGuess } from '#engine/rate-limits.ts'
import { retryStale } from '#engine/retry.ts'
import { isKeyedHash, keyedHash, opaque } from '#engine/secrets.ts'
import { topicOfCase } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { clientNamed, type Identify, type Offer } from '#methods/identify.ts'
import type { Method, Verdict } from '#methods/method.ts'
import {
  callerProofWrite,
  findCallerProof,
  findCallerProofByCode,
  findLatestCallerProof,
} from '#store/desk/proofs.ts'
import { commitDesk } from '#store/desk/cases.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * The first half of the page of a call: a code, and a passkey that says whose page it is. Whatever
 * does not fit hears one sentence, after the same reads: no code and no client is told (A1).
 */

/** What a page can be answered with: it names its holder, so that no user name is typed. */
export const pageMethod = (
  world: Pick<World, 'methods'>,
): (Method & { readonly identify: Identify }) | null =>
  [...world.methods.values()].find(
    (one): one is Method & { readonly identify: Identify } => one.identify !== undefined,
  ) ?? null

/** Whether the page of a call can be answered with it now. */
export const canAnswerPage = (
  world: Pick<World, 'methods'>,
  held: Pick<Authenticator, 'method' | 'lifecycle' | 'expiresAt' | 'pendingUntil'>,
  now: Instant,
): boolean => held.method === pageMethod(world)?.name && obstacleOf(held, now) === null

/** Why the holder of this one, who has just shown it, cannot answer with it. */
function obstacleOf(
  held: Pick<Authenticator, 'lifecycle' | 'expiresAt' | 'pendingUntil'>,
  now: Instant,
): Problem | null {
  if (held.lifecycle === 'revoked') return NOT_FOUND.problem
  if (held.lifecycle !== 'active') return 'login.authenticator-locked'
  if (!answers(held, now)) return 'login.authenticator-expired'
  return held.pendingUntil === null ? null : 'call.device-on-hold'
}

const NOT_FOUND = refusal('call.not-found')

export type OfferedCall = Pick<Offer, 'script' | 'field'> & { readonly sealed: string }

/** What the page asks every visitor alike; `null` where no method names its holder. */
export function offerCall(world: World, holder: string): OfferedCall | null {
  const method = pageMethod(world)
  if (!method) return null
  const question = newQuestion(world, offerTo(holder))
  const { script, field } = anyOf(world, method, question.random)
  return { script, field, sealed: question.sealed }
}

const offerTo = (holder: string): string => `open call ${holder}`

const anyOf = (
  { settings: { issuer }, now }: World,
  { identify }: { readonly identify: Identify },
  random: (length: number) => Uint8Array,
): Offer => identify.ask([], { now: now(), random, issuer })

interface Opening {
  /** As it was typed. */
  readonly code: string
  readonly sealed: string
  /** What the page sent as the answer of the passkey. */
  readonly typed: string
  readonly client: Client
}

export type OpenedNow = { readonly ok: true; readonly token: string } | Refusal

/** Opens the call for its client, in this browser alone. */
export async function openCall(world: World, opening: Opening): Promise<OpenedNow> {
  const { sealed, typed, client } = opening
  const number = readCode(opening.code)
  if (!/^[0-9]{6}$/.test(number)) return refusal('call.no-code')
  if (typed === '') return refusal('call.no-passkey')
  const source = { address: client.address, nameKey: '' }
  const at = world.now()
  const slowed = await takeGuess(world, source, CALL_CODES)
  if (slowed) return slowed
  const method = pageMethod(world)
  if (!method) return NOT_FOUND
  const question = openedQuestion(world, sealed, offerTo(client.holder))
  if (!question) return refusal('request.form-expired')
  const { expected, field } = anyOf(world, method, question.random)
  const answer = { [field.name]: typed }
  const trying = { method, number, expected, answer, holder: client.holder }
  const opened = await retryStale<OpenedNow>(NOT_FOUND.problem, () => open(world, trying))
  if (opened.ok) await refundAttempt(world, { ...source, at }, CALL_CODES)
  return opened
}

interface Trying {
  readonly method: Method & { readonly identify: Identify }
  readonly number: string
  readonly expected: Offer['expected']
  readonly answer: Readonly<Record<string, string>>
  readonly holder: string
}

async function open(world: World, trying: Trying): Promise<OpenedNow | 'stale'> {
  const { method, number, expected, answer, holder } = trying
  const claims = method.identify.claims(answer)
  if (!claims) return refusal('login.malformed-answer')
  const now = world.now()
  const [proof, all] = await Promise.all([
    findCallerProofByCode(world.db, opaque(world.keys, number), now),
    listAuthenticators(world.db, clientNamed(claims)),
  ])
  const own = all.find(({ value }) => value.method === method.name && claims.isOf(value.state))
  const held = await findAuthenticator(world.db, own?.value.id ?? NOBODYS)
  const verdict = await method.verify(held?.value.state ?? method.decoy(world.random), {
    authenticatorId: held?.value.id ?? NOBODYS,
    browser: null,
    expected,
    answer,
    now,
  })
  if (verdict.outcome === 'malformed') return refusal('login.malformed-answer')
  const isRight = held !== null && verdict.outcome === 'accepted'
  const obstacle = isRight ? obstacleOf(held.value, now) : null
  if (obstacle && obstacle !== NOT_FOUND.problem) {
    await noteLost(world, { method, held, verdict: refusedBy(obstacle), now })
    return refusal(obstacle)
  }
  // Only for a client who has shown a passkey codes differ: a stranger reads none of them out of
  // the time that an answer takes, and ends no call (A1, A28).
  const there = proof && isRight && obstacle === null ? await callOf(world, proof, now) : null
  if (!proof || !there || !isRight) {
    const reason = verdict.outcome === 'rejected' ? verdict : refusedBy('no-such-code')
    return await noteLost(world, { method, held, verdict: reason, now })
  }
  const isTheirs = held.subscriberIds.includes(proof.value.subscriberId)
  if (isTheirs) return await letSee(world, { ...there, held, holder, now })
  // The code is that of the agent, and the passkey is not the client's: a proof that went wrong.
  const wrong = refusedBy('another-holder')
  const counted = await countWrong(world, { ...there, held: null, verdict: wrong, now })
  if (counted === 'stale') return counted
  world.wakeUps.publish(topicOfCase(there.value.id))
  return NOT_FOUND
}

const NOBODYS = 'aut_' as AuthenticatorId

type Rejected = Extract<Verdict, { outcome: 'rejected' }>

const refusedBy = (reason: string): Rejected => ({ outcome: 'rejected', reason, guess: false })

const disables = (verdict: Verdict): boolean =>
  verdict.outcome === 'rejected' && verdict.disable === true

/** The call that a proof on a page is for, while all that it rests on is still so. */
async function callOf(world: World, proof: Versioned<CallerProof>, now: Instant) {
  const { onPage: apart, state, expiresAt, caseId, id } = proof.value
  if (!apart || state !== 'open' || now >= expiresAt) return null
  const [latest, there] = await Promise.all([
    findLatestCallerProof(world.db, caseId),
    stillThere(world, proof.value, { apart, now }),
  ])
  // Of what was asked in a case the last one counts.
  return there && latest?.value.id === id ? { ...there, proof, apart } : null
}

type There = NonNullable<Awaited<ReturnType<typeof callOf>>>

interface Fitting extends There {
  readonly held: BoundAuthenticator
  readonly holder: string
  readonly now: Instant
}

/** Code and passkey fit. Nothing is proven yet: the agent sees that the client reads the page. */
async function letSee(world: World, fitting: Fitting): Promise<OpenedNow | 'stale'> {
  const { value, open: asking, proof, held, holder, now } = fitting
  const { id: authenticatorId } = held.value
  const { id, of, method, expiresAt } = proof.value
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      ...restsOn(world, asking, { value, now }),
      callerProofWrite(world.db, { ...proof, value: { ...proof.value, authenticatorId } }),
    ],
    changed: [{ value: held.value, version: held.version }],
    events: [
      {
        kind: 'desk.call-opened',
        ...eventOf(value, asking),
        caseNumber: value.number,
        of,
        method,
        authenticatorId,
      },
    ],
  })
  if (!written) return 'stale'
  world.wakeUps.publish(topicOfCase(value.id))
  const body = `${id}.${authenticatorId}.${expiresAt}`
  return { ok: true, token: `${body}.${keyedHash(world.keys, LABEL, `${body} ${holder}`)}` }
}

interface Lost {
  readonly method: Pick<Method, 'name'>
  readonly held: BoundAuthenticator | null
  readonly verdict: Rejected
  readonly now: Instant
}

/** It fits no call. Written down; and a passkey that was copied works no more. */
async function noteLost(
  world: World,
  { method, held, verdict, now }: Lost,
): Promise<Refusal | 'stale'> {
  const [subscriberId = null] = held?.subscriberIds ?? []
  const isCopied = held !== null && disables(verdict)
  const event: AuditEvent = {
    kind: 'desk.call-not-found',
    subscriberId,
    method: method.name,
    authenticatorId: held?.value.id ?? null,
    reason: verdict.reason,
    ...(isCopied && { disabled: true }),
  }
  if (!isCopied) {
    const written = await commitDesk(world.db, { now, writes: [], events: [event] })
    return written ? NOT_FOUND : 'stale'
  }
  const counting = await countingFor(world, held.subscriberIds, methodNamed(world, method.name))
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [],
    changed: [
      {
        value: judgedAuthenticator(held.value, verdict, { ...counting, now }),
        version: held.version,
      },
    ],
    events: [event],
  })
  return written ? refusal('login.authenticator-locked') : 'stale'
}

const LABEL = 'desk/opened-call'

/** What this browser holds of a call that it has opened. */
export interface OpenedCall {
  readonly token: string
  /** The secret of the browser. */
  readonly holder: string
}

export type CallOnPage = Omit<HeldStep, 'verdict' | 'now'> & Pick<There, 'apart'>

/**
 * What this browser was asked, and by whose passkey it was opened; `null` for what is not of ours.
 * It may be over.
 */
export async function askedHere(world: World, { token, holder }: OpenedCall) {
  const end = token.lastIndexOf('.')
  const body = token.slice(0, Math.max(end, 0))
  const sealed = { label: LABEL, text: `${body} ${holder}` }
  if (!isKeyedHash(world.keys, sealed, token.slice(end + 1))) return null
  const [id = '', authenticatorId = ''] = body.split('.')
  if (!isId('vrf', id) || !isId('aut', authenticatorId)) return null
  const [proof, held] = await Promise.all([
    findCallerProof(world.db, id),
    findAuthenticator(world.db, authenticatorId),
  ])
  if (!held || !proof) return null
  const isTheirs = held.subscriberIds.includes(proof.value.subscriberId)
  return isTheirs && canAnswerPage(world, held.value, world.now()) ? { proof, held } : null
}

/** The call that was opened here, while it is open. */
export async function openedCall(world: World, opened: OpenedCall): Promise<CallOnPage | null> {
  const asked = await askedHere(world, opened)
  const there = asked && (await callOf(world, asked.proof, world.now()))
  return there && { ...there, held: asked.held }
}
