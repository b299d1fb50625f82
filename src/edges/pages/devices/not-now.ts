import { instant } from '#core/time/time.ts'
import type { Refusal } from '#core/problems.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { nextStep } from '#edges/pages/help/problems/next-step.ts'

/**
 * Why something cannot be set up now, from when on it can, and what to do until then: said where it
 * would be offered, before a client types anything for it.
 */
export function notNow(context: PageContext, { problem, until }: Refusal): Html {
  const title = context.texts.text(`problem.${problem}`)
  const end = until === undefined ? null : instant(until)
  const step = nextStep(context, { problem, until: end })
  // A sentence ends as one, whether it stands as a heading elsewhere or not.
  const sentence = title.endsWith('.') ? title : `${title}.`
  return html`${sentence} ${step ? html`${step.words} ` : NOTHING}${telephone(context.site)}`
}
