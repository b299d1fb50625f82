import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time.ts'
import { html, type Html, NOTHING } from '#edges/pages/html.ts'
import type { PageContext } from '#edges/pages/site.ts'

export interface NextStep {
  readonly words: string
  /** Where to go for it, if there is a page. */
  readonly address: string | null
}

/** What somebody does next whose account or login opens less than they wanted; `null` for anything else. */
export function nextStep(
  { texts: { text }, formats, site }: PageContext,
  { problem, until }: { readonly problem: Problem; readonly until: Instant | null },
): NextStep | null {
  if (problem === 'session.insufficient')
    return { words: text('common.next.insufficient'), address: '/login?platform=portal' }
  if (!NEXT.includes(problem)) return null
  const words = text(`common.next.${problem}`)
  // Where nothing is open any more, no page of ours helps.
  const address = problem === 'account.access-over' ? null : '/portal'
  if (until === null) return { words, address }
  const when = formats.moment(until, site.now())
  return { words: `${words} ${text('common.next.when', { when, zone: formats.zone })}`, address }
}

const NEXT: readonly Problem[] = [
  ...(['account.not-approved', 'account.approved-late', 'account.closed'] as const),
  ...([
    'account.on-hold',
    'account.card-printing-only',
    'account.access-over',
    'account.passcode-binds-only',
  ] as const),
  ...(['account.statements-only', 'account.no-opt-out'] as const),
]

export const nextLink = (
  { texts: { text } }: PageContext,
  { address }: NextStep,
  look: 'button' | 'link',
): Html =>
  address === null
    ? NOTHING
    : look === 'button'
      ? html`<a class="button" href="${address}">${text('common.next.portal')}</a>`
      : html`<a href="${address}">${text('common.next.portal')}</a>`
