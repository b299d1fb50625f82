import { SECOND_REASON_LENGTH_MAX } from '#core/desk/second-person.ts'
import type { Problem } from '#core/problems.ts'
import type { CaseView, SeenContact } from '#engine/desk/cases/view.ts'
import type { AskedTouch } from '#engine/desk/touch.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice, touchForm } from '#edges/desk/frame/touch-form.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { field, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Beside a hidden field: the page that shows it, or what became of asking for it. */
export function unmaskLink(
  { texts: { text }, formats }: PageContext,
  { case: { id }, unmasking }: CaseView,
  { id: contact, kind, state, second }: SeenContact,
): Html {
  if (state === 'open') return NOTHING
  if (state === 'unmasked') return html`<span class="quiet">${text('desk.unmask.shown')}</span>`
  const at = `/cases/${id}/contacts/${contact}`
  if (!second) {
    if (unmasking.decision.may === 'not-this-role') return NOTHING
    const named = text('desk.unmask.link-named', { field: text(`desk.cases.contact.${kind}`) })
    return html`<a href="${at}"${keyed(kind)} aria-label="${named}">${text('desk.unmask.link')}</a>`
  }
  const { request, member } = second
  const words = text(`desk.second.${request.state}`, {
    name: member.name,
    time: formats.time(request.expiresAt),
  })
  if (request.state !== 'agreed')
    return html`<span>${words} <strong>${request.answer ?? ''}</strong></span>`
  const link = text('desk.unmask.link')
  return html`${words} <a href="${at}?request=${request.id}"${keyed(kind)}>${link}</a>`
}

export interface UnmaskFacts extends SeenByMember {
  readonly view: CaseView
  readonly contact: SeenContact
  /** What was typed before. */
  readonly reason: string
  /** What a second person has agreed to: the reason is known then. */
  readonly request: string | null
  readonly touch: AskedTouch
  readonly problem: Problem | null
}

/** One hidden field before it is shown: why, and a touch of the passkey or a second person. */
export function unmaskPage(context: PageContext, facts: UnmaskFacts): Html {
  const { text } = context.texts
  const { view, contact, request, problem } = facts
  const { decision, left } = view.unmasking
  const title = text('desk.unmask.title', { field: text(`desk.cases.contact.${contact.kind}`) })
  const isTogether = request === null && decision.may === 'second-person'
  const rest = isTogether
    ? text('desk.unmask.none-left')
    : request === null
      ? text('desk.unmask.left', { count: left })
      : text('desk.unmask.agreed')
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'cases',
    methodScript: isTogether ? undefined : facts.touch.script.name,
    main: html`${problemNotice(context, problem)}
${headline(title, text('desk.unmask.lead'))}<p>${rest}</p>
${isTogether ? secondForm(context, facts) : showForm(context, facts)}
<p><a href="/cases/${view.case.id}">${text('desk.cases.back')}</a></p>`,
  })
}

function showForm(context: PageContext, facts: UnmaskFacts): Html {
  const { touch, token, request } = facts
  return touchForm(context, {
    touch,
    action: addressOf(facts),
    token,
    ...(request === null ? { asks: reasonField(context, facts) } : { carries: { request } }),
  })
}

/** Asks a second person, whom the system draws. */
const secondForm = (context: PageContext, facts: UnmaskFacts): Html =>
  html`<form class="stack" method="post" action="${addressOf(facts)}/second">
${formField(facts.token)}${reasonField(context, facts)}
<p><button class="button"${keyed('go')}>${context.texts.text('desk.second.ask')}</button></p>
</form>`

const addressOf = ({ view, contact }: UnmaskFacts): string =>
  `/cases/${view.case.id}/contacts/${contact.id}`

const reasonField = ({ texts: { text } }: PageContext, { reason, problem }: UnmaskFacts): Html =>
  field({
    id: 'reason',
    label: text('desk.unmask.why'),
    hint: text('desk.unmask.why-hint'),
    value: reason,
    error: problem === 'desk.reason' ? text('problem.desk.reason') : undefined,
    attributes: `type="text" autocomplete="off" maxlength="${SECOND_REASON_LENGTH_MAX}" required`,
  })
