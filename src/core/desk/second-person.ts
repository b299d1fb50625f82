import { classOf, type Deed, type Level, LOOK, type Signal } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { isSecondPerson } from '#core/desk/role.ts'
import type { Verification } from '#core/events/event.ts'
import type { CaseId, MemberId, SecondRequestId, SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import { lineOf } from '#core/text/line.ts'
import { days, type Instant, minutes } from '#core/time/time.ts'

/**
 * A deed that takes two people: the agent on the call asks, and a second person whom the system
 * draws among those present agrees or refuses. The agreement is for this deed alone and is used up
 * in its commit.
 *
 *   open ──agreed──▶ agreed ──the deed──▶ used
 *     └────refused──▶ refused
 *
 * One that is open or agreed expires after thirty minutes.
 *
 * @see security A13; NIST SP 800-53 AC-3(2), "Dual Authorization"
 */
export interface SecondRequest {
  readonly id: SecondRequestId
  readonly caseId: CaseId
  readonly subscriberId: SubscriberId
  /** Who asks. */
  readonly memberId: MemberId
  /** Who was drawn to answer. */
  readonly secondId: MemberId
  /** The deed, with all that it changes. */
  readonly asked: SecondAsked
  readonly level: Level
  readonly verified: Verification | null
  /** What was unusual when it was asked. */
  readonly signals: readonly Signal[]
  /** Why the agent asks. */
  readonly reason: string
  /** Why the second person refuses. */
  readonly answer: string | null
  readonly askedAt: Instant
  readonly expiresAt: Instant
  readonly state: 'open' | 'agreed' | 'refused' | 'used'
}

export interface SecondAsked {
  readonly deed: Deed
  readonly [fact: string]: string
}

export const SECOND_LIFETIME = minutes(30)

/** How often the same two people act together, so that no two of them become a habit. */
export const PAIR_MAX = 3
export const PAIR_WITHIN = days(1)

/**
 * The same two, whichever of them asks. Looks count by themselves: they take no proof, so an agent
 * could use up those who would have to agree to a deed.
 */
export const pairOf = (one: MemberId, other: MemberId, deed: Deed): string => {
  const pair = [one, other].toSorted().join(' ')
  return classOf(deed) === LOOK ? `${pair} ${LOOK}` : pair
}

/** Code points of a reason. */
export const SECOND_REASON_LENGTH_MAX = 200

/** Why it is asked or refused: one line, or `null` for none. */
export const secondReasonOf = (typed: string): string | null =>
  lineOf(typed, SECOND_REASON_LENGTH_MAX)

/** Whether this member can be the second person for that one: never the same human being. */
export const mayBeSecond = (
  candidate: Pick<Member, 'id' | 'role' | 'state' | 'ties'>,
  asker: Pick<Member, 'id' | 'ties'>,
): boolean =>
  candidate.id !== asker.id &&
  candidate.state === 'active' &&
  isSecondPerson(candidate.role) &&
  !candidate.ties.some(({ print }) => asker.ties.some((tie) => tie.print === print))

export const isSecondOpen = (
  { state, expiresAt }: Pick<SecondRequest, 'state' | 'expiresAt'>,
  now: Instant,
): boolean => (state === 'open' || state === 'agreed') && now < expiresAt

/** For so long what one was asked for a client is asked of no other. */
export const SECOND_ASKED_FOR = days(1)

/** What was asked for a client before, in this call or another. */
export interface EarlierSecond {
  readonly request: SecondRequest
  readonly isCaseOpen: boolean
}

/** Who may be drawn: anyone, or only the one who has this before them. */
export type Drawable =
  | { readonly ok: true; readonly only: MemberId | null }
  | { readonly ok: false; readonly problem: Problem }

/** What is to be asked. */
export interface SecondDrawing extends Pick<SecondRequest, 'caseId' | 'signals'> {
  readonly deed: Deed
  /** Who is at the desk. */
  readonly present: readonly Pick<Member, 'id'>[]
}

/**
 * Whom a deed may be asked of. An agent who could ask again until the right one is drawn would
 * choose: so one is asked at a time, and what one has refused, or was asked in a call that is over,
 * comes to the same one. Only who has left, or has let it expire, is replaced.
 *
 * @param earlier what was asked for this client in the last day, newest first.
 */
export function drawableFor(
  earlier: readonly EarlierSecond[],
  { deed, caseId, signals, present }: SecondDrawing,
  now: Instant,
): Drawable {
  const same = earlier.filter(({ request }) => request.asked.deed === deed)
  const refused = same.filter(({ request }) => request.state === 'refused')
  if (refused.some(({ request }) => request.caseId === caseId))
    return { ok: false, problem: 'desk.second-refused' }
  const isHere = ({ request }: EarlierSecond) => present.some(({ id }) => id === request.secondId)
  const waiting = same.filter((one) => isSecondOpen(one.request, now) && isHere(one))
  // What has become unusual since has to be asked anew.
  const isOfNow = ({ request }: EarlierSecond) =>
    signals.every((signal) => request.signals.includes(signal))
  if (waiting.some((one) => one.isCaseOpen && isOfNow(one)))
    return { ok: false, problem: 'desk.second-asked' }
  const [bound] = [...waiting, ...refused]
  return { ok: true, only: bound?.request.secondId ?? null }
}

/** What an agreement is held against. */
export interface SecondUse extends Pick<SecondRequest, 'caseId' | 'memberId'> {
  readonly asked: SecondAsked
}

/** Why an answer does not open this deed now; `null` when it does. One of another case is none. */
export function obstacleToSecond(
  request: SecondRequest,
  { caseId, memberId, asked }: SecondUse,
  now: Instant,
): Problem | null {
  const isTheirs =
    request.caseId === caseId &&
    request.memberId === memberId &&
    canonicalJson(request.asked) === canonicalJson(asked)
  if (!isTheirs) return 'desk.no-warrant'
  if (request.state === 'used') return 'desk.warrant-used'
  if (request.state === 'refused') return 'desk.second-refused'
  if (now >= request.expiresAt) return 'desk.second-expired'
  return request.state === 'agreed' ? null : 'desk.second-waits'
}
