import { CHANGES, CHANGES_APART, type Deed, type DeedClass, type Level } from '#core/desk/deeds.ts'
import type { Role } from '#core/desk/role.ts'
import type {
  AuthenticatorId,
  CaseId,
  ContactId,
  MemberId,
  MemberSessionId,
  SubscriberId,
  VerificationId,
} from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, before, days, type Instant, minutes } from '#core/time/time.ts'

/**
 * How a caller proves who they are: by something that they hold, asked at this moment, for one
 * class of deed.
 *
 *   open ──right response──▶ right      (gives one warrant)
 *     └──wrong, or denied──▶ wrong
 *
 * Never by what they know, by their voice or by the number they call from (R126 is refused but for
 * its lock).
 */
export interface CallerProof {
  readonly id: VerificationId
  readonly caseId: CaseId
  readonly subscriberId: SubscriberId
  readonly memberId: MemberId
  /** What answers; on the page, `null` until a passkey of the client has opened it. */
  readonly authenticatorId: AuthenticatorId | null
  readonly method: string
  /** What the caller is asked, to be read out. */
  readonly number: string
  readonly of: DeedClass
  readonly level: Level
  readonly begunAt: Instant
  readonly expiresAt: Instant
  /** What the answer is compared with; the method's own. */
  readonly expected: Json
  readonly state: 'open' | 'right' | 'wrong'
  /** Where the phone itself is asked. */
  readonly onPhone?: AskedApart
  /**
   * Where the client is asked on a page of ours. Without either the number is read out and a
   * response read back.
   */
  readonly onPage?: AskedApart
  /** Where we have called the client back; then nothing is read out by the agent. */
  readonly onCall?: CalledBack
  /** Where the device of the caller has asked us first. */
  readonly mutual?: ProvenFirst
}

/**
 * What the phone of the caller asked, and what the agent reads out before anything is asked of the
 * caller.
 */
export interface ProvenFirst {
  readonly asked: string
  readonly answered: string
}

/** Which number was called, and what else the caller is asked. */
export interface CalledBack {
  readonly contactId: ContactId
  /** The code counts from when our voice has said it. */
  readonly state: 'ringing' | 'heard' | 'unanswered'
  /** Where on a printed card the caller looks; `null` for a client without one. */
  readonly cells: readonly string[] | null
}

/**
 * The answer comes from the client, and not over the page of the agent. So what the agent asked it
 * in is kept, and looked at again when it comes.
 */
export interface AskedApart {
  readonly role: Role
  readonly sessionId: MemberSessionId
  /** Numbers, PINs and passkeys that were wrong: as many as at a login end it. */
  readonly wrongAnswers: number
}

/**
 * How a caller is asked: by a response that is read back, once more after we have proven ourselves,
 * on the phone itself, on a page, or by a code that our voice says at a number of theirs.
 */
export const PROOF_WAYS = ['response', 'mutual', 'phone', 'page', 'call-back'] as const
export type ProofWay = (typeof PROOF_WAYS)[number]

export const LEVEL_OF: Readonly<Record<ProofWay, Level>> = {
  response: 'L2',
  mutual: 'L2',
  phone: 'L3',
  page: 'L3',
  'call-back': 'L1',
}

/** How long the code of the page can be typed: an address, a code, and a passkey twice. */
export const PAGE_CODE_LIFETIME = minutes(5)

/** What callers say who want an agent to skip a step; each has one answer, which is shown. */
export const PRESSURES = ['hurry', 'important', 'another-number'] as const
export type Pressure = (typeof PRESSURES)[number]

/** What all calls of one client have in common, whichever agent took them. */
export interface CallStanding {
  /** Failed proofs of the last day, oldest first. */
  readonly failedAt: readonly Instant[]
  /** Until when no proof by telephone opens anything. */
  readonly stoppedUntil: Instant | null
  /** The class by which the way in was changed last, and when. */
  readonly changed: { readonly of: DeedClass; readonly at: Instant } | null
  /** When a deed was last done for a caller who had proven nothing. */
  readonly free: Readonly<Partial<Record<Deed, Instant>>>
  /** In which calls of the last day the caller pressed, oldest first: each stands here once. */
  readonly pressed: readonly { readonly at: Instant; readonly caseId: CaseId }[]
}

export const NO_CALLS: CallStanding = {
  failedAt: [],
  stoppedUntil: null,
  changed: null,
  free: {},
  pressed: [],
}

/** So many failed proofs in a day, over all agents, stop the telephone for a day (R126). */
export const FAILED_MAX = 3
export const FAILED_WITHIN = days(1)
const STOPPED_FOR = days(1)

export const isStopped = ({ stoppedUntil }: CallStanding, now: Instant): boolean =>
  stoppedUntil !== null && now < stoppedUntil

/** How many proofs have failed in the last day. */
export const failedLately = ({ failedAt }: CallStanding, now: Instant): number =>
  failedAt.filter((at) => at > before(now, FAILED_WITHIN)).length

/**
 * From how many in a day they are unusual. One may be a digit that was misheard, or a stranger who
 * knows a name: it must not cost the client a second person (A28).
 */
const FAILED_UNUSUAL = 2

export const areProofsFailing = (standing: CallStanding, now: Instant): boolean =>
  failedLately(standing, now) >= FAILED_UNUSUAL

/** One more that failed; the last of them stops the telephone. */
export function proofFailed(standing: CallStanding, now: Instant): CallStanding {
  const failedAt = [...standing.failedAt, now].filter((at) => at > before(now, FAILED_WITHIN))
  const stoppedUntil =
    failedAt.length >= FAILED_MAX ? after(now, STOPPED_FOR) : standing.stoppedUntil
  return { ...standing, failedAt, stoppedUntil }
}

/** In this call the caller pressed. */
export function callerPressed(standing: CallStanding, caseId: CaseId, now: Instant): CallStanding {
  const others = pressedLately(standing, now).filter((one) => one.caseId !== caseId)
  return { ...standing, pressed: [...others, { at: now, caseId }] }
}

const pressedLately = ({ pressed }: CallStanding, now: Instant): CallStanding['pressed'] =>
  pressed.filter(({ at }) => at > before(now, FAILED_WITHIN))

/** From how many calls in a day it counts in each of them: one caller tries several agents. */
const PRESSED_UNUSUAL = 2

/**
 * Whether the caller of this call presses. One that pressed in another call is a stranger, perhaps,
 * and must not cost the client a second person (A28); two are a pattern.
 */
export function isPressed(standing: CallStanding, caseId: CaseId, now: Instant): boolean {
  const lately = pressedLately(standing, now)
  return lately.length >= PRESSED_UNUSUAL || lately.some((one) => one.caseId === caseId)
}

/** A warrant of this class was given. */
export const proofGiven = (standing: CallStanding, of: DeedClass, now: Instant): CallStanding =>
  CHANGES.includes(of) ? { ...standing, changed: { of, at: now } } : standing

/**
 * Whether the way in was changed by another class a short while ago: a caller who gets one thing
 * gets the other a day later, when its owner has been told of the first.
 */
export const isOtherChange = ({ changed }: CallStanding, of: DeedClass, now: Instant): boolean =>
  CHANGES.includes(of) &&
  changed !== null &&
  changed.of !== of &&
  now < after(changed.at, CHANGES_APART)

/** A caller who proves nothing has each deed that takes no proof done once in a day. */
const FREE_APART = days(1)

/** From when on it may be done again for a caller who proves nothing; `null` for now. */
export function notFreeUntil({ free }: CallStanding, deed: Deed, now: Instant): Instant | null {
  const last = free[deed]
  const until = last === undefined ? null : after(last, FREE_APART)
  return until !== null && now < until ? until : null
}

export const doneFree = (standing: CallStanding, deed: Deed, now: Instant): CallStanding => ({
  ...standing,
  free: { ...standing.free, [deed]: now },
})
