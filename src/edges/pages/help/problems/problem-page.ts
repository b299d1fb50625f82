import { PROBLEMS, type Problem } from '#core/problems.ts'
import { REASONS } from '#core/reasons.ts'
import type { ToldRefusal } from '#edges/http/problems.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { IconName } from '#edges/pages/frame/icons.ts'
import { besideAdvice, callButton, ifYouCall, layout } from '#edges/pages/frame/layout.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { nextLink, nextStep, placeOf } from '#edges/pages/help/problems/next-step.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { fact, headline } from '#edges/pages/frame/parts.ts'

/**
 * A page that says no: its heading is the news, and its one button the next step.
 *
 * @param beside what else may be done, as a link.
 */
export function problemPage(context: PageContext, told: ToldRefusal, beside: Html = NOTHING): Html {
  const { text } = context.texts
  const title = headingOf(context, told)
  const guide = guideLink(context, told.problem)
  const help = guide === NOTHING ? html`<a href="/help">${text('common.help')}</a>` : guide
  const { lead, way } = onward(context, told)
  const column = html`${headline(title, lead, THINGS[told.problem])}
${factsOf(context, told)}<div class="row">${way}${help}${beside}</div>`
  const main = besideAdvice(column, ifYouCall(context, told.reference))
  return layout(context, { title, surface: 'narrow', styles: ['confirm'], main })
}

/** What only our desk can help with. Their own words are a heading and what follows from it. */
const FOR_THE_DESK: readonly Problem[] = [
  'login.locked',
  'login.authenticator-locked',
  'login.authenticator-expired',
  'login.card-expired',
  'login.passcode-expired',
  'login.blocked-browser',
]

/** What the news is about. */
const THINGS: Readonly<Partial<Record<Problem, IconName>>> = {
  'login.locked': 'lock',
  'login.authenticator-locked': 'lock',
  'login.authenticator-expired': 'clock',
  'login.card-expired': 'card',
  'login.passcode-expired': 'clock',
  'login.blocked-browser': 'lock',
  'login.in-the-post': 'letter',
  'account.not-approved': 'clock',
  'account.approved-late': 'clock',
  'account.closed': 'lock',
}

function headingOf({ texts: { text }, formats }: PageContext, told: ToldRefusal): string {
  const { problem, until } = told
  if (FOR_THE_DESK.includes(problem)) return text(`common.news.${problem}.title`)
  if (problem === 'account.approved-late' && until !== null)
    return text(`common.news.${problem}.title`, { day: formats.date(until) })
  return text(`problem.${problem}`)
}

/** What to do now: in words, and as the one button. */
function onward(
  context: PageContext,
  told: ToldRefusal,
): { readonly lead: string; readonly way: Html } {
  const { text } = context.texts
  const { problem, until, wayOut } = told
  if (FOR_THE_DESK.includes(problem))
    return { lead: text(`common.news.${problem}.lead`), way: callButton(context) }
  const step = nextStep(context, told)
  if (step)
    return {
      lead: step.words,
      way: step.address === null ? callButton(context) : nextLink(context, step, 'button'),
    }
  const again = until === null ? '' : ` ${againAt(context, until)}`
  const lead = `${text(`common.problem.${kindOf(problem)}`)}${again}`
  const { act } = REASONS[problem]
  if (act === 'call') return { lead, way: callButton(context) }
  const address = wayOut === null ? placeOf(problem) : null
  if (address !== null) return { lead, way: nextLink(context, { words: lead, address }, 'button') }
  const words = text(`common.problem.${act === 'open-again' && wayOut ? act : 'start-again'}`)
  return {
    lead,
    way: html`<a class="button" href="${wayOut ?? '/login'}">${words}</a>`,
  }
}

/** What is open and what is not, or when something left and comes, as far as it is known. */
function factsOf({ texts: { text }, formats }: PageContext, told: ToldRefusal): Html {
  const { problem, until, since } = told
  const rows = (facts: readonly Html[]) => html`<dl class="facts">${facts}</dl>
`
  if (problem === 'login.in-the-post' && until !== null && since !== null) {
    return rows([
      fact(text('common.news.posted'), formats.date(since)),
      fact(text('common.news.expected'), formats.date(until)),
    ])
  }
  const opens = OPENS[problem]
  if (!opens) return NOTHING
  const from = { when: until === null ? '' : formats.full(until), zone: formats.zone }
  const trading =
    until === null
      ? text(`common.news.trading.${opens.trading}`)
      : text('common.news.trading.from', from)
  return rows([
    fact(text('portal.rights.portal'), text(`common.news.portal.${opens.portal}`)),
    fact(text('portal.rights.trading'), trading),
  ])
}

/** What an account opens that does not open trading. */
const OPENS: Readonly<
  Partial<Record<Problem, { readonly portal: string; readonly trading: string }>>
> = {
  'account.not-approved': { portal: 'open', trading: 'when-approved' },
  'account.approved-late': { portal: 'open', trading: 'closed' },
  'account.closed': { portal: 'statements', trading: 'closed' },
}

function kindOf(problem: Problem): 'ours' | 'login' | 'missing' | 'wait' | 'nothing' {
  const status = PROBLEMS[problem]
  if (problem.startsWith('login.')) return 'login'
  if (status === 404) return 'missing'
  if (status === 429 || status === 503) return 'wait'
  return status >= 500 ? 'ours' : 'nothing'
}
