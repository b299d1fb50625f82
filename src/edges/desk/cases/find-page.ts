import type { Case } from '#core/desk/case.ts'
import { CASE_REASONS } from '#core/desk/case.ts'
import { SEARCHES } from '#core/desk/case-events.ts'
import type { Problem } from '#core/problems.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { field, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What is typed to find the client who calls. */
export interface FindTyped {
  readonly by: string
  readonly typed: string
  readonly reason: string
}

export interface FindFacts extends SeenByMember {
  readonly typed: FindTyped
  /** Why it is shown again. */
  readonly problem: Problem | null
  /** The calls of this agent that have not ended. */
  readonly cases: readonly Case[]
}

/** Where a call begins: the whole name or number, and why the client calls. */
export function findPage(context: PageContext, facts: FindFacts): Html {
  const { text } = context.texts
  const { typed, problem, cases, token } = facts
  const kinds = SEARCHES.map((by) => {
    const chosen = by === typed.by ? html` checked` : NOTHING
    return html`<label><input type="radio" name="by" value="${by}"${chosen} required>
<span>${text(`desk.cases.by.${by}`)}</span></label>`
  })
  const reasons = CASE_REASONS.map((reason) => {
    const chosen = reason === typed.reason ? html` selected` : NOTHING
    return html`<option value="${reason}"${chosen}>${text(`desk.cases.reason.${reason}`)}</option>`
  })
  const title = text('desk.cases.find')
  const what = field({
    id: 'typed',
    label: text('desk.cases.typed'),
    hint: text('desk.cases.typed-hint'),
    value: typed.typed,
    attributes:
      'type="text" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200" ' +
      'required autofocus',
    error: problem === null ? undefined : text(`problem.${problem}`),
  })
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'cases',
    main: html`${headline(title, text('desk.cases.find-lead'))}
<form class="column stack loose" method="post" action="/cases">${formField(token)}
<fieldset><legend>${text('desk.cases.by.title')}</legend><div class="choices">${kinds}</div>
</fieldset>${what}
<div class="field"><label for="reason">${text('desk.cases.reason.title')}</label>
<select id="reason" name="reason">${reasons}</select></div>
<p><button class="button"${keyed('go')}>${text('desk.cases.open')}</button></p></form>
${openCases(context, cases)}`,
  })
}

function openCases({ texts: { text }, formats }: PageContext, cases: readonly Case[]): Html {
  if (cases.length === 0) return NOTHING
  const items = cases.map(({ id, number, reason, openedAt }) => {
    const since = text('desk.cases.since', { time: formats.time(openedAt) })
    return html`<li><p><a href="/cases/${id}">${text('desk.cases.case', { number })}</a></p>
<p class="quiet small">${text(`desk.cases.reason.${reason}`)}. ${since}</p></li>
`
  })
  return html`<section class="section stack"><h2>${text('desk.cases.yours')}</h2>
<ul class="actions" role="list">${items}</ul></section>`
}
