import { PROBLEMS, type Problem } from '#core/problems.ts'
import type { ToldRefusal } from '#edges/http/problems.ts'
import { guideLink } from '#edges/pages/help/help-articles.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, ifYouCall, layout } from '#edges/pages/frame/layout.ts'
import { againAt } from '#edges/pages/frame/again-at.ts'
import { nextLink, nextStep } from '#edges/pages/help/next-step.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { headline } from '#edges/pages/frame/parts.ts'

/** A page that says no, why, and what to do instead. */
export function problemPage(
  context: PageContext,
  { problem, until, since, reference, primary, wayOut }: ToldRefusal,
): Html {
  const { text } = context.texts
  const title = text(`problem.${problem}`)
  const step = nextStep(context, { problem, until, since, primary })
  const again = until === null ? '' : ` ${againAt(context, until)}`
  const lead = step ? step.words : `${text(`common.problem.${kindOf(problem)}`)}${again}`
  const start = isOfForm(problem) && wayOut ? 'open-again' : 'start-again'
  const words = text(`common.problem.${start}`)
  const way = step
    ? nextLink(context, step, 'button')
    : html`<a class="button" href="${wayOut ?? '/login'}">${words}</a>`
  const guide = guideLink(context, problem)
  const help = guide === NOTHING ? html`<a href="/help">${text('common.help')}</a>` : guide
  const column = html`${headline(title, lead)}
<div class="row">${way}${help}</div>`
  const main = besideAdvice(column, ifYouCall(context, reference))
  return layout(context, { title, surface: 'narrow', main })
}

/** The form was not taken; its page is still there. */
const isOfForm = (problem: Problem): boolean =>
  problem === 'request.form-expired' || problem === 'request.other-login'

function kindOf(problem: Problem): 'ours' | 'login' | 'missing' | 'wait' | 'nothing' {
  const status = PROBLEMS[problem]
  if (problem.startsWith('login.')) return 'login'
  if (status === 404) return 'missing'
  if (status === 429 || status === 503) return 'wait'
  return status >= 500 ? 'ours' : 'nothing'
}
