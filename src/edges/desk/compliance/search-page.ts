import { type Alarm, ALARMS } from '#core/audit/alarms.ts'
import { KINDS } from '#core/audit/audit.ts'
import type { Problem } from '#core/problems.ts'
import type { LookPage } from '#engine/desk/compliance/look.ts'
import type { DayNames } from '#edges/desk/compliance/days.ts'
import { FORMATS } from '#edges/desk/compliance/formats.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { field, formField, headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

/** What is typed to ask the log. */
export interface SearchTyped extends DayNames {
  readonly client: string
  readonly staff: string
  readonly case: string
  readonly kind: string
}

export interface SearchFacts extends SeenByMember {
  readonly typed: SearchTyped
  /** What has raised an alarm in the last thirty days, and how often. */
  readonly alarms: ReadonlyMap<Alarm, number>
  readonly problem: Problem | null
}

/** Where compliance asks the audit log. */
export function searchPage(context: PageContext, facts: SearchFacts): Html {
  const { text } = context.texts
  const { typed, problem, token } = facts
  const title = text('desk.audit.title')
  const exact = 'type="text" autocomplete="off" autocapitalize="off" spellcheck="false"'
  const one = (name: 'client' | 'staff' | 'case' | 'kind', more = '') =>
    field({
      id: name,
      label: text(`desk.audit.by.${name}`),
      value: typed[name],
      attributes: `${exact} maxlength="200"${more}`,
    })
  const kinds = KINDS.map((kind) => html`<option value="${kind}"></option>`)
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'audit',
    main: html`${problemNotice(context, problem)}${headline(title, text('desk.audit.lead'))}
${auditLinks(context, 'search')}${alarmList(context, facts)}
<form class="column stack" method="post" action="/audit">${formField(token)}
${one('client')}${one('staff')}${one('case', ' inputmode="numeric"')}${one('kind', ' list="kinds"')}
<datalist id="kinds">${kinds}</datalist>${dayFields(context, typed)}
<p class="row"><button class="button" name="as" value="events">${text('desk.audit.search')}</button>
<button class="button plain" name="as" value="report">${text('desk.audit.report.button')}</button>
</p></form>`,
  })
}

/** The gravest first, each with the way to its events. */
function alarmList({ texts: { text } }: PageContext, { alarms, typed }: SearchFacts): Html {
  const there = ALARMS.filter((alarm) => alarms.has(alarm))
  if (there.length === 0) return html`<p class="quiet">${text('desk.audit.alarms.none')}</p>`
  const days = new URLSearchParams({ from: typed.from, until: typed.until }).toString()
  const items = there.map(
    (alarm) =>
      html`<li><a href="/audit/found?kind=${alarm}&${days}">${text(
        `desk.audit.alarms.${alarm.slice('desk.'.length)}`,
        { count: alarms.get(alarm) ?? 0 },
      )}</a></li>`,
  )
  return html`<section class="section stack"><h2>${text('desk.audit.alarms.title')}</h2>
<ul class="stack" role="list">${items}</ul></section>`
}

/** From which day until which; both are meant whole. */
export const dayFields = ({ texts: { text } }: PageContext, typed: DayNames): Html =>
  html`${field({
    id: 'from',
    label: text('desk.audit.from'),
    hint: text('desk.audit.days-hint'),
    value: typed.from,
    attributes: 'type="date" required',
  })}${field({
    id: 'until',
    label: text('desk.audit.until'),
    value: typed.until,
    attributes: 'type="date" required',
  })}`

const PLACES = {
  search: '/audit',
  figures: '/audit/figures',
  pairs: '/audit/pairs',
  documents: '/documents',
} as const

/** The other questions. */
export function auditLinks({ texts: { text } }: PageContext, here: keyof typeof PLACES): Html {
  const links = Object.entries(PLACES)
    .filter(([name]) => name !== here)
    .map(([name, address]) => html`<a href="${address}">${text(`desk.audit.places.${name}`)}</a>`)
  return html`<p class="row">${links}</p>`
}

export interface EventsFacts extends SeenByMember {
  readonly page: LookPage
  /** What was asked, as it stands in the address. */
  readonly query: string
}

/** What was found, newest first. */
export function eventsPage(context: PageContext, facts: EventsFacts): Html {
  const { text } = context.texts
  const { page, query } = facts
  const title = text('desk.audit.found')
  const rows = page.events.map(({ seq, at, event }) => [
    html`<time>${momentOf(at)}</time> <span class="quiet mono">${String(seq)}</span>`,
    html`<span class="mono">${event.kind}</span>`,
    html`<span class="mono">${event.actor ?? '–'}</span>`,
    html`<details><summary>${event.caseId ?? event.subscriberId ?? '–'}</summary>
<code>${JSON.stringify(event)}</code></details>`,
  ])
  const exports = FORMATS.map(
    (format) =>
      html`<a href="/audit/export/${format}?${query}">${text(`desk.audit.export.${format}`)}</a>`,
  )
  const next = page.before
    ? html`<p><a rel="next" href="/audit/found?${query}&before=${String(page.before.at)}.${String(
        page.before.seq,
      )}">${text('desk.audit.next')}</a></p>`
    : NOTHING
  const list =
    rows.length === 0
      ? html`<p class="quiet">${text('desk.audit.none')}</p>`
      : table(context, 'desk.audit', { columns: ['at', 'kind', 'by', 'event'], rows })
  return memberPage(context, facts, {
    title,
    place: 'audit',
    main: html`<h1>${title}</h1><p class="row">${exports}</p>${list}${next}
<p><a href="/audit">${text('desk.audit.again')}</a></p>`,
  })
}

/** To the second, of UTC: what compliance compares with other logs. */
export const momentOf = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
