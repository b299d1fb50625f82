import type { Problem } from '#core/problems.ts'
import { type Act, REASONS } from '#core/reasons.ts'
import type { Instant } from '#core/time/time.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface NextStep {
  readonly words: string
  /** Where to go for it, if there is a page. */
  readonly address: string | null
}

interface Said {
  readonly problem: Problem
  readonly until: Instant | null
  /** Whose account it is, where it is another client’s. */
  readonly primary?: string | null
}

/**
 * What a client does next whose account or login opens less than they wanted; `null` for anything
 * else.
 */
export function nextStep(
  { texts: { text }, formats, site }: PageContext,
  { problem, until, primary = null }: Said,
): NextStep | null {
  if (problem === 'session.insufficient')
    return { words: text('common.next.insufficient'), address: '/login?platform=portal' }
  if (problem === 'subscriber.primary-user-only' && primary !== null)
    return { words: text(`common.next.${problem}`, { primary }), address: placeOf(problem) }
  const address = placeOf(problem)
  if (LATER.includes(problem) && until !== null) {
    const when = { when: formats.ahead(until, site.now()), zone: formats.zone }
    return { words: text('common.next.enrolment.later', when), address }
  }
  // They are in, with less than it takes: the desk is what is left to a client who has nothing else
  // (R071).
  if (STRONGER.includes(problem)) {
    return { words: text('common.next.enrolment.too-weak'), address }
  }
  if (!NEXT.includes(problem)) return null
  const words = text(`common.next.${problem}`)
  if (until === null || problem !== 'account.on-hold') return { words, address }
  const when = formats.ahead(until, site.now())
  return {
    words: `${text('common.next.when', { when, zone: formats.zone })} ${words}`,
    address,
  }
}

/** A new phone that only time keeps from being set up. */
const LATER: readonly Problem[] = [
  'enrolment.another-phone-today',
  'enrolment.three-phones-this-month',
]
/** What is to be set up asks for a login that is stronger. */
const STRONGER: readonly Problem[] = [
  'enrolment.too-weak',
  'enrolment.jurisdiction',
  'enrolment.no-phone-to-replace',
]

/**
 * The page on which the act behind a problem is done; `null` where none of ours is: nothing is open
 * any more, or nothing yet, or it is done where the client is.
 */
export function placeOf(problem: Problem): Place | null {
  const { act } = REASONS[problem]
  return act in PLACES ? PLACES[act as keyof typeof PLACES] : null
}

const PLACES = {
  portal: '/portal',
  security: '/portal/security',
  documents: '/portal/documents',
} as const satisfies Partial<Record<Act, string>>
type Place = (typeof PLACES)[keyof typeof PLACES]

const NEXT: readonly Problem[] = [
  ...(['login.no-authenticator', 'login.in-the-post', 'login.passkey-changed'] as const),
  ...(['account.not-approved', 'account.approved-late', 'account.closed'] as const),
  ...([
    'account.on-hold',
    'account.card-printing-only',
    'account.access-over',
    'account.passcode-binds-only',
    'account.code-one-way',
  ] as const),
  ...(['account.statements-only', 'account.no-opt-out', 'account.outside-networks'] as const),
]

export function nextLink(
  { texts: { text } }: PageContext,
  { address }: NextStep,
  look: 'button' | 'link',
): Html {
  if (address === null) return NOTHING
  const [, , page] = address.split('/')
  const words = text(`common.next.${page ?? 'portal'}`)
  return look === 'button'
    ? html`<a class="button" href="${address}">${words}</a>`
    : html`<a href="${address}">${words}</a>`
}
