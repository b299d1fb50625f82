import {
  type Acr,
  atLeast,
  type Platform,
  type Proof,
  phaseOf,
  strengthOf,
} from '#core/assurance.ts'
import type { WrittenLoginEvent } from '#core/login/events.ts'
import type { AuthenticatorId, LoginId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type {
  Attempt,
  Challenged,
  Choosing,
  Completed,
  Destination,
  Effect,
  Expired,
  Login,
  Origin,
  Refused,
  Started,
  Stayed,
  Step,
} from '#core/login/state.ts'
import type { Problem } from '#core/problems.ts'
import { commonOf } from '#core/states.ts'
import { after, earlier, type Instant, type Millis, minutes } from '#core/time/time.ts'

/**
 * The transitions of a login.
 *
 * Every function here is pure and returns what is to be written; a login that is in another state
 * than the caller thought is returned unchanged with a problem, because a double click can cause
 * that.
 */

/** Lifetimes and limits. @see security limits 2.2 */
export const LOGIN_LIFETIME = minutes(10)
export const WRONG_ANSWERS_MAX = 5

/** What a claimant may learn of a login without any further step. */
export function unlessExpired(login: Login, now: Instant): Login {
  if (login.state === 'completed' || login.state === 'refused' || now < login.expiresAt)
    return login
  return { ...attemptOf(login), state: 'expired' }
}

export type NewLogin = Omit<
  Attempt,
  'proofs' | 'wrongAnswers' | 'decoy' | 'startedAt' | 'expiresAt'
>

/** The attempt is on record before any secret is looked at. */
export function started(login: NewLogin, now: Instant): Step<Started> {
  const lifetime = after(now, LOGIN_LIFETIME)
  const expiresAt = login.task ? earlier(lifetime, login.task.expiresAt) : lifetime
  const value: Started = {
    ...login,
    state: 'started',
    decoy: false,
    proofs: [],
    wrongAnswers: 0,
    startedAt: now,
    expiresAt,
  }
  const recognised = login.origin.browserId !== null
  return step(value, { kind: 'login.started', platform: login.platform, recognised })
}

/** The first factor is right: what is left to prove decides whether the login is over. */
export function passwordAccepted(
  login: Started,
  proof: Proof,
  next: { readonly needs: Acr; readonly now: Instant },
): Step<Choosing | Completed | Expired> {
  if (next.now >= login.expiresAt) return expiredStep(login)
  const proven = { ...login, proofs: [proof], needs: next.needs }
  const event = { kind: 'login.password-accepted', decoy: false } as const
  if (atLeast(proof.acr, next.needs)) return step(completed(proven, next.now), completion(proven))
  return step({ ...proven, state: 'choosing' }, event)
}

/**
 * The claimant has only a password, and the platform asks for more: the login leads to the portal,
 * where they set it up, and goes on from there. `null` for one that leads nowhere else.
 */
export function ledToSetUp(
  { leadsTo, ...login }: Started,
  portal: Pick<Platform, 'id'>,
): Started | null {
  if (!leadsTo || login.task || login.resets || login.platform === portal.id) return null
  return { ...login, platform: portal.id, leadsTo: { ...leadsTo, afterSetUp: login.platform } }
}

/** Whether a login waits in the portal for what its client sets up there. */
export const isSettingUp = ({ leadsTo, lifts }: Login): boolean =>
  leadsTo?.afterSetUp !== undefined && lifts === undefined

/**
 * An authenticator has said whose it is, and has proven it: without a password, so what it proves
 * by itself decides whether the login is over.
 */
export function identified(
  login: Started,
  proof: Proof & { readonly authenticatorId: AuthenticatorId },
  now: Instant,
): Step<Choosing | Completed> {
  const proven = { ...login, proofs: [proof] }
  if (atLeast(proof.acr, login.needs)) return step(completed(proven, now), completion(proven))
  const { method, authenticatorId } = proof
  const event = { kind: 'login.answer-accepted', method, authenticatorId } as const
  return step({ ...proven, state: 'choosing' }, event)
}

/** The first factor is wrong, and the claimant is led on as if it were right, to learn nothing. */
export function ledAstray(login: Started): Step<Choosing> {
  const event = { kind: 'login.password-accepted', decoy: true } as const
  return step({ ...login, state: 'choosing', decoy: true }, event)
}

type FirstRefusal = WrittenLoginEvent & {
  readonly kind: 'login.password-refused' | 'login.identity-refused'
}

/**
 * The first factor is wrong, no client was identified, or nothing was evaluated; `problem` is all
 * that the claimant hears.
 */
export function firstFactorRefused(
  login: Started,
  { event, problem }: { readonly event: FirstRefusal; readonly problem: Problem },
  now: Instant,
): Step<Refused> {
  const value: Refused = { ...login, state: 'refused', refusedAt: now, problem }
  return { login: value, effects: [], event, problem }
}

/**
 * The login was left unfinished and is over: the log is told, because no other reader is. `null`
 * while it is not over.
 */
export function unanswered(login: Login, now: Instant): Step<Expired> | null {
  const waits = login.state === 'choosing' || login.state === 'challenged'
  return waits && now >= login.expiresAt ? expiredStep(login) : null
}

/**
 * The same browser asks the same client again, so the device forgets this request. What can be
 * typed on the page of this login still counts.
 *
 * @returns `null` when no device is asked.
 */
export function withdrawn(login: Login, by: LoginId, now: Instant): Step<Challenged> | null {
  if (login.state !== 'challenged' || login.challenge.withdrawnAt !== undefined) return null
  const value: Challenged = { ...login, challenge: { ...login.challenge, withdrawnAt: now } }
  const { method, authenticatorId } = login.challenge
  return step(value, { kind: 'login.request-withdrawn', method, authenticatorId, by })
}

/**
 * Another login of the same browser was completed, so nothing more comes of this one.
 *
 * The client who completed the other one needs no notice. Where that was a different client, or
 * this login is a decoy, it ends like one that was left unfinished, so that a thief with the
 * password cannot suppress the notice of it with a login of his own (S11).
 *
 * @returns `null` for a login that waits for nothing any more.
 */
export function replaced(login: Login, by: Pick<Login, 'id' | 'subscriberId'>): Step | null {
  if (login.state !== 'choosing' && login.state !== 'challenged') return null
  const value: Expired = { ...attemptOf(login), state: 'expired', replacedBy: by.id }
  if (login.decoy || login.subscriberId !== by.subscriberId) {
    return { ...expiredStep(login), login: value }
  }
  return step(value, { kind: 'login.replaced', by: by.id })
}

/**
 * Whether a session with these proofs serves where a login leads, without anything more being
 * asked.
 */
export function isServedBy(
  { needs, environment, leadsTo }: Login,
  session: Pick<Login, 'proofs' | 'environment'>,
): boolean {
  if (leadsTo?.anew === true || session.environment !== environment) return false
  return atLeast(strengthOf(session.proofs), needs)
}

/** What goes on with more than it was opened with. */
export interface Lifting {
  readonly id: LoginId
  /** All that counts from now on. */
  readonly proofs: readonly Proof[]
  readonly needs: Acr
  readonly origin: Origin
  readonly holder: string
  readonly leadsTo: Destination | null
}

/**
 * The login by which a session is lifted: of the same client, in the same browser, and complete
 * from the start, because what was set up has proven itself there.
 */
export function lifted(opener: Login, { leadsTo, ...lifting }: Lifting, now: Instant): Completed {
  const { subscriberId, userName, environment, platform } = opener
  return {
    subscriberId,
    userName,
    environment,
    platform,
    ...lifting,
    ...(leadsTo && { leadsTo }),
    lifts: opener.id,
    decoy: false,
    task: null,
    wrongAnswers: 0,
    startedAt: now,
    expiresAt: after(now, LOGIN_LIFETIME),
    state: 'completed',
    completedAt: now,
    claimedAt: now,
  }
}

/** The login goes on with another secret of the same browser. */
export const handedOver = (login: Login, holder: string): Login => ({ ...login, holder })

/** What a method asked for when it drew a challenge. */
export interface Asked {
  readonly authenticatorId: AuthenticatorId
  readonly method: string
  readonly prompt: Json
  readonly expected: Json
  readonly validFor: Millis
  /**
   * When it was asked first, where it is what was asked before: it ends when it would have ended.
   */
  readonly askedAt?: Instant
  readonly effects: readonly Effect[]
}

/**
 * Opens a challenge; one that is open already is replaced, and its answer is not valid from
 * then on.
 */
export function challengeOpened(login: Login, asked: Asked, now: Instant): Step | Stayed {
  if (now >= login.expiresAt) return lapsed(login)
  if (login.state !== 'choosing' && login.state !== 'challenged')
    return { stays: 'login.not-choosing' }
  const { effects, validFor, askedAt: openedAt = now, ...question } = asked
  const expiresAt = earlier(after(openedAt, validFor), login.expiresAt)
  const value: Challenged = {
    ...attemptOf(login),
    state: 'challenged',
    challenge: { ...question, openedAt, expiresAt },
  }
  const { method, authenticatorId } = asked
  // A decoy asks no device: there is no phone, and if there were one it would have to stay silent.
  const sent = login.decoy ? [] : effects
  return { ...step(value, { kind: 'login.challenged', method, authenticatorId }), effects: sent }
}

/** How a method judged an answer. */
export type Judgement =
  | {
      readonly outcome: 'accepted'
      readonly proof: Proof
      /** What of the authenticator it has used up. */
      readonly used?: readonly number[]
    }
  | {
      readonly outcome: 'rejected'
      readonly reason: string
      /** This answer has disabled the authenticator. */
      readonly disabled: boolean
      /** The same challenge may be answered again. */
      readonly open: boolean
      /** It was no guess: what the claimant hears instead. */
      readonly explained?: Problem
    }
  | { readonly outcome: 'denied'; readonly notMe: boolean }
  /** The number of the page was carried over right; the rest of the answer is to come. */
  | { readonly outcome: 'matched' }

/**
 * Moves a login on after its open challenge was answered and judged.
 *
 *   challenged ──accepted, enough──▶ completed
 *   challenged ──accepted, short───▶ choosing    (the platform needs a stronger proof)
 *   challenged ──rejected──────────▶ choosing    (a challenge is answered once, unless its method
 *                                                 keeps it open: then the login stays challenged)
 *   challenged ──rejected, 5th time▶ refused
 *   challenged ──denied────────────▶ refused
 *   challenged ──number right──────▶ challenged  (written all the same, so that each guess waits
 *                                                 for the one before it)
 *
 * @see NIST SP 800-63B-4, "Rate Limiting (Throttling)"
 */
export function judged(login: Login, judgement: Judgement, now: Instant): Step | Stayed {
  if (now >= login.expiresAt) return lapsed(login)
  if (login.state !== 'challenged') return { stays: 'login.not-challenged' }
  const { challenge } = login
  const attempt = attemptOf(login)
  if (now >= challenge.expiresAt) return { stays: 'login.too-late' }
  switch (judgement.outcome) {
    case 'accepted': {
      const proven = { ...attempt, proofs: [...attempt.proofs, judgement.proof] }
      const used = judgement.used && { used: judgement.used }
      if (login.decoy) throw new Error('a decoy login was answered right')
      if (atLeast(strengthOf(proven.proofs), proven.needs)) {
        return step(completed(proven, now), { ...completion(proven), ...used })
      }
      const { method, authenticatorId } = challenge
      return step(
        { ...proven, state: 'choosing' },
        { kind: 'login.answer-accepted', method, authenticatorId, ...used },
      )
    }
    case 'matched': {
      const { method, authenticatorId } = challenge
      return step(login, { kind: 'login.number-matched', method, authenticatorId })
    }
    case 'denied': {
      const problem = judgement.notMe ? 'login.not-me' : 'login.denied'
      const refused: Refused = { ...attempt, state: 'refused', refusedAt: now, problem }
      const event = {
        kind: 'login.denied',
        method: challenge.method,
        notMe: judgement.notMe,
      } as const
      return { ...step(refused, event), problem }
    }
    case 'rejected': {
      const wrongAnswers = attempt.wrongAnswers + 1
      const last = wrongAnswers >= WRONG_ANSWERS_MAX || judgement.disabled
      const problem = judgement.disabled
        ? 'login.authenticator-locked'
        : 'login.too-many-wrong-answers'
      const next: Login = last
        ? { ...attempt, wrongAnswers, state: 'refused', refusedAt: now, problem }
        : judgement.open
          ? { ...login, wrongAnswers }
          : { ...attempt, wrongAnswers, state: 'choosing' }
      const { method, authenticatorId } = challenge
      const { reason, disabled, explained } = judgement
      const fact = {
        kind: 'login.answer-refused',
        method,
        authenticatorId,
        reason,
        disabled,
        over: last,
        ...(explained && { problem: explained }),
      } as const
      return { ...step(next, fact), problem: last ? problem : (explained ?? 'login.wrong-answer') }
    }
  }
}

/**
 * The browser that began the login takes its session; a second claim finds nothing to take.
 */
export function claimed(login: Login, now: Instant): { readonly login: Completed } | Stayed {
  if (login.state === 'expired') return { stays: 'login.expired' }
  if (login.state !== 'completed') return { stays: 'login.not-completed' }
  if (login.task) return { stays: 'task.not-a-login' }
  if (login.resets) return { stays: 'login.resets' }
  if (login.claimedAt !== null) return { stays: 'login.already-claimed' }
  if (now >= login.expiresAt) return { stays: 'login.expired' }
  return { login: { ...login, claimedAt: now } }
}

/**
 * The password, code or device that a login was proven with has ended, so the login ends too (S85).
 *
 * @returns `null` for one that has ended already.
 */
export function overtaken(login: Login): Expired | null {
  const isOver =
    login.state === 'refused' ||
    login.state === 'expired' ||
    (login.state === 'completed' && (login.claimedAt !== null || login.task !== null))
  return isOver ? null : { ...attemptOf(login), state: 'expired' }
}

/**
 * The browser that began a reset chooses another password, once. Whatever waits to take the place
 * of another proves nothing yet (S73).
 */
export function chosen(login: Login, now: Instant): { readonly login: Completed } | Stayed {
  if (!login.resets) return { stays: 'login.not-found' }
  if (login.state === 'expired') return { stays: 'login.expired' }
  if (login.state !== 'completed') return { stays: 'login.not-completed' }
  if (login.claimedAt !== null) return { stays: 'login.already-claimed' }
  if (now >= login.expiresAt) return { stays: 'login.expired' }
  const isWhole = login.proofs.every((proof) => phaseOf(proof, now) === 'everything')
  return isWhole ? { login: { ...login, claimedAt: now } } : { stays: 'login.too-weak' }
}

export const triesLeft = (login: Login): number => WRONG_ANSWERS_MAX - login.wrongAnswers

function completed(attempt: Attempt, now: Instant): Completed {
  return { ...attempt, state: 'completed', completedAt: now, claimedAt: null }
}

function completion(attempt: Attempt) {
  const methods = attempt.proofs.map((proof) => proof.method)
  return { kind: 'login.completed', acr: strengthOf(attempt.proofs), methods } as const
}

/** Removes the fields of the present state. */
const attemptOf = commonOf<Login, Attempt>({
  state: true,
  challenge: true,
  completedAt: true,
  claimedAt: true,
  claimedIn: true,
  refusedAt: true,
  problem: true,
  replacedBy: true,
})

type Fact = WrittenLoginEvent extends infer E
  ? E extends WrittenLoginEvent
    ? Omit<E, 'subscriberId' | 'loginId'>
    : never
  : never

function step<L extends Login>(login: L, fact: Fact): Step<L> {
  const event = {
    subscriberId: login.subscriberId,
    loginId: login.id,
    ...fact,
  } as WrittenLoginEvent
  return { login, effects: [], event }
}

function lapsed(login: Login): Step | Stayed {
  if (login.state === 'completed' || login.state === 'refused' || login.state === 'expired') {
    return { stays: 'login.expired' }
  }
  return expiredStep(login)
}

function expiredStep(login: Started | Choosing | Challenged): Step<Expired> {
  const value: Expired = { ...attemptOf(login), state: 'expired' }
  const proven = !login.decoy && login.proofs.length > 0
  const recognised = login.origin.browserId !== null
  return { ...step(value, { kind: 'login.expired', proven, recognised }), problem: 'login.expired' }
}
