import { FOUND } from '#core/audit/rereading.ts'
import type { RereadingView } from '#engine/desk/compliance/rereading.ts'
import { trailTable } from '#edges/desk/compliance/report-page.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { fact, formField, headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What another member did, as it went, and what its reader says of it. */
export function rereadPage(
  context: PageContext,
  facts: SeenByMember & { readonly view: RereadingView },
): Html {
  const { texts, formats, site } = context
  const { text } = texts
  const { view, token } = facts
  const { rereading, member } = view
  const title = text('desk.reread.title')
  const choices = FOUND.map(
    (one) => html`<label><input type="radio" name="found" value="${one}" required>
<span>${text(`desk.reread.found.${one}`)}</span></label>
`,
  )
  return memberPage(context, facts, {
    title,
    place: 'home',
    main: html`${headline(title, text('desk.reread.lead'))}<dl class="facts">
${fact(text('desk.reread.deed'), text(`desk.cases.deed.${rereading.act}.name`))}
${fact(text('desk.reread.by'), member.name, formats.moment(rereading.doneAt, site.now()))}
${fact(text('desk.cases.by.case'), html`<span class="mono">${view.case.number}</span>`)}
${fact(text('desk.reread.called'), text(`desk.cases.reason.${view.case.reason}`))}</dl>
${view.isCut ? notice('warn', text('desk.reread.cut')) : NOTHING}
${trailTable(context, view.lines, text('desk.reread.trail'))}${notesOf(context, view)}
<section class="section stack"><h2>${text('desk.reread.say')}</h2>
<form class="stack" method="post" action="/rereadings/${rereading.id}">${formField(token)}
<fieldset><legend class="hidden">${text('desk.reread.say')}</legend>
<div class="stack checks">${choices}</div></fieldset>
<p class="quiet small">${text('desk.reread.doubt')}</p>
<p><button class="button"${keyed('go')}>${text('desk.reread.button')}</button></p>
</form></section>`,
  })
}

function notesOf({ texts: { text }, formats }: PageContext, view: RereadingView): Html {
  const { notes } = view.case
  if (notes.length === 0) return NOTHING
  const items = notes.map(
    ({ at, text: words }) => html`<li>${words}<time>${formats.time(at)}</time></li>
`,
  )
  return html`<section class="section stack"><h2>${text('desk.cases.notes')}</h2>
<ol class="track" role="list">${items}</ol></section>`
}
