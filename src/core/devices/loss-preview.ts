import { type Acr, STRENGTHS } from '#core/assurance.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What a client could still do if the phone were lost at this moment, and the one step that would
 * help most against it. It follows from what each method declares, so it holds for methods that
 * will be added.
 */

/**
 * Whether a method is lost with the phone: always, perhaps (if its holder keeps it there), or
 * never.
 */
export type OnPhone = 'always' | 'perhaps' | 'never'

/** A way in that works now. */
export interface Way {
  readonly method: string
  readonly label: string
  readonly acr: Acr
  readonly onPhone: OnPhone
  readonly expiresAt: Instant | null
}

/** A way in that could be set up. */
export interface Candidate {
  readonly method: string
  readonly acr: Acr
  readonly onPhone: OnPhone
  /** It ends by itself, or when a permanent one works again. */
  readonly standsIn: boolean
}

export interface LossPreview {
  /** What is used first today, the strongest; `null` where there is a password and nothing else. */
  readonly today: Way | null
  /** Whether the phone is what is lost; otherwise it is what is used today. */
  readonly isPhone: boolean
  readonly lost: readonly Way[]
  /** What would still open something, the strongest first. */
  readonly left: readonly Way[]
  /** It would, unless its holder keeps it on that phone. */
  readonly perhaps: readonly Way[]
  /** The method of the one step that would leave more; `null` where nothing would. */
  readonly step: string | null
  /** It helps only where it is not kept on the phone that would be lost. */
  readonly apart: boolean
}

export function lossPreviewOf(ways: readonly Way[], candidates: readonly Candidate[]): LossPreview {
  const sorted = ways.toSorted(strongestFirst)
  const [today = null] = sorted
  const isPhone = today === null || sorted.some(({ onPhone }) => onPhone === 'always')
  const isGone = (way: Way) => (isPhone ? way.onPhone === 'always' : way === today)
  // Two of them are not kept in one place: one of the two is elsewhere.
  const isSpread = ({ method }: Way) => sorted.filter((one) => one.method === method).length > 1
  const isDoubtful = (way: Way) => isPhone && way.onPhone === 'perhaps' && !isSpread(way)
  const rest = sorted.filter((way) => !isGone(way))
  const left = rest.filter((way) => !isDoubtful(way))
  const step = stepFrom(left[0]?.acr ?? '1', { today, isPhone, candidates })
  return {
    today,
    isPhone,
    lost: sorted.filter(isGone),
    left,
    perhaps: rest.filter(isDoubtful),
    step: step?.method ?? null,
    apart: isPhone && step?.onPhone === 'perhaps',
  }
}

/**
 * A client who has nothing begins with the strongest; a client who has a device keeps at least that
 * strength.
 */
function stepFrom(
  left: Acr,
  {
    today,
    isPhone,
    candidates,
  }: Pick<LossPreview, 'today' | 'isPhone'> & { readonly candidates: readonly Candidate[] },
): Candidate | null {
  if (today && rank(left) >= rank(today.acr)) return null
  const helping = candidates
    .filter(({ onPhone }) => today === null || !isPhone || onPhone !== 'always')
    .filter(({ acr }) => rank(acr) > rank(left))
    .toSorted(strongestFirst)
  return helping.find(({ standsIn }) => !standsIn) ?? (today ? helping[0] : undefined) ?? null
}

const rank = (acr: Acr): number => STRENGTHS.indexOf(acr)

const strongestFirst = (one: { readonly acr: Acr }, other: { readonly acr: Acr }): number =>
  rank(other.acr) - rank(one.acr)
