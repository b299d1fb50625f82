import { SECOND_REASON_LENGTH_MAX } from '#core/desk/second-person.ts'
import type { Problem } from '#core/problems.ts'
import type { SecondView } from '#engine/desk/cases/second-person.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { fact, field, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface SecondFacts extends SeenByMember {
  readonly view: SecondView
  readonly touch: AskedTouch
  readonly problem: Problem | null
}

/** What the second person is asked, and the two answers. */
export function secondPage(context: PageContext, facts: SecondFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { view, touch, problem, token } = facts
  const { request, caseNumber, asker } = view
  const { asked, signals } = request
  const title = text(`desk.cases.deed.${asked.deed}.name`)
  const lead = text('desk.second.lead', { name: asker.name })
  // Without anything unusual it is the proof that takes a second person to be enough.
  const why = signals.length === 0 ? ['weak'] : signals
  const unusual = why.map(
    (signal) => html`<li>${text(`desk.second.signal.${signal}`, { level: request.level })}</li>`,
  )
  const of = 'desk.cases.contact'
  const named = [
    ...(asked['reason'] === undefined
      ? []
      : [fact(text('desk.cases.status.title'), text(`desk.cases.status.${asked['reason']}`))]),
    ...(asked['field'] === undefined
      ? []
      : [fact(text('desk.unmask.field'), text(`${of}.${asked['field']}`))]),
  ]
  const verified = text(`desk.second.verified.${request.verified ?? 'none'}`)
  const refuse = field({
    id: 'reason',
    label: text('desk.second.refuse-why'),
    attributes: `type="text" autocomplete="off" maxlength="${SECOND_REASON_LENGTH_MAX}" required`,
  })
  const at = `/second/${request.id}`
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'home',
    methodScript: touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, lead)}<dl class="facts">
${fact(text('desk.second.does'), text(`desk.cases.deed.${asked.deed}.does`))}${named}
${fact(text('desk.cases.by.case'), html`<span class="mono">${caseNumber}</span>`)}
${fact(text('desk.second.says'), request.reason)}
${fact(text('desk.second.proof'), verified, request.level)}
${fact(text('desk.second.until'), formats.time(request.expiresAt))}</dl>
<section class="section stack"><h2>${text('desk.second.unusual')}</h2>
<ul class="stack" role="list">${unusual}</ul></section>
<section class="section stack"><h2>${text('desk.second.agree')}</h2>
<p class="quiet">${text('desk.second.agree-lead')}</p>
${touchForm(context, { touch, action: `${at}/agree`, token })}</section>
<section class="section stack"><h2>${text('desk.second.refuse')}</h2>
<form class="stack" method="post" action="${at}/refuse">${formField(token)}${refuse}
<p><button class="button danger"${keyed('refuse')}>${text('desk.second.refuse')}</button></p>
</form></section>`,
  })
}
