import { PRESSURES } from '#core/desk/verification.ts'
import type { CaseView } from '#engine/desk/cases/view.ts'
import type { CaseFacts } from '#edges/desk/cases/proof-panel.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { formField } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { texts } from '#edges/texts/texts.ts'

/**
 * What the agent says now, in the language that the client speaks, and the one answer to whatever
 * is said to have a step skipped. A fixed sentence is given by everyone alike, and by no one in a
 * weak moment.
 */
export function script({ texts: own }: PageContext, facts: CaseFacts): Html {
  const { text } = own
  const { view, said, token } = facts
  const { language } = view.client
  const says = texts(language).text
  const isForeign = language !== own.language
  const spoken = text(`desk.cases.language.${language}`)
  // An agent who reads another language knows what they say.
  const inOwn = (key: string) =>
    isForeign ? html`<p class="quiet small">${text(key)}</p>` : NOTHING
  const answer =
    said === null
      ? NOTHING
      : html`<div role="status" class="stack"><p lang="${language}"><strong>${says(
          `desk.script.answer.${said}`,
        )}</strong></p>${inOwn(`desk.script.answer.${said}`)}
<p class="quiet small">${text('desk.script.counted')}</p></div>`
  const buttons = PRESSURES.map(
    (pressure) =>
      html`<button class="button plain" name="said" value="${pressure}"${keyed(pressure)}>${text(
        `desk.script.pressure.${pressure}`,
      )}</button>`,
  )
  const press = html`<form class="stack" method="post" action="/cases/${view.case.id}/pressed">
${formField(token)}<p class="quiet small">${text('desk.script.lead')}</p>
<p class="row">${buttons}</p></form>`
  const step = `desk.script.step.${stepOf(view)}`
  return html`<section class="section stack"><h2>${text('desk.script.title')}</h2>
${isForeign ? html`<p>${text('desk.script.other', { language: spoken })}</p>` : NOTHING}
<p lang="${language}">${says(step)}</p>${inOwn(step)}${answer}${press}</section>`
}

/** Where the call is. */
function stepOf({ stoppedUntil, asked, warrants, case: { reason } }: CaseView): string {
  const isName = reason === 'forgotten-user-name'
  if (stoppedUntil !== null) return 'stopped'
  if (asked?.onPhone) return 'phone'
  if (asked?.onPage) return 'page'
  if (asked?.onCall) return asked.onCall.state === 'ringing' ? 'rings' : 'heard'
  if (asked) return asked.mutual ? 'mutual' : 'response'
  if (warrants.some(({ of }) => of === 'access') && isName) return 'proven-name'
  if (warrants.length > 0) return 'proven'
  return isName ? 'ask-name' : 'ask'
}
