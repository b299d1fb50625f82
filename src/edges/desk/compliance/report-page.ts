import type { AuditEvent } from '#core/audit/audit.ts'
import type { ReportLine, Report } from '#engine/desk/compliance/report.ts'
import { momentOf } from '#edges/desk/compliance/search-page.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface ReportFacts extends SeenByMember {
  readonly report: Report
  readonly days: { readonly from: string; readonly until: string }
  /** What was asked, as it stands in the address of an export. */
  readonly query: string
}

/** Who saw what of one client and did what, as it went. */
export function reportPage(context: PageContext, facts: ReportFacts): Html {
  const { text } = context.texts
  const { report, days, query } = facts
  const title = text('desk.audit.report.title', { name: report.userName })
  const list =
    report.lines.length === 0
      ? html`<p class="quiet">${text('desk.audit.none')}</p>`
      : trailTable(context, report.lines, title)
  return memberPage(context, facts, {
    title,
    place: 'audit',
    main: html`${report.isCut ? notice('warn', text('desk.audit.report.cut')) : NOTHING}
${headline(title, text('desk.audit.report.lead', days))}${list}
<p class="row"><a href="/audit/export/csv?${query}">${text('desk.audit.export.csv')}</a>
<a href="/audit">${text('desk.audit.again')}</a></p>`,
  })
}

/** Who saw and did what, line by line. */
export const trailTable = (
  context: PageContext,
  lines: readonly ReportLine[],
  caption: string,
): Html =>
  table(context, 'desk.audit.report', {
    columns: ['at', 'by', 'case', 'what', 'verified'],
    rows: lines.map((line) => [
      html`<time>${momentOf(line.at)}</time>`,
      html`${line.by} <span class="quiet mono">${line.event.actor ?? ''}</span>`,
      line.caseNumber === null ? '–' : html`<span class="mono">${line.caseNumber}</span>`,
      whatOf(context, line),
      verifiedOf(context, line),
    ]),
    caption,
  })

/** What was seen or done, in words; by its kind besides where it has none of its own. */
function whatOf({ texts: { text } }: PageContext, { event, reason }: ReportLine): Html {
  const detail = [
    ...('act' in event ? [text(`desk.act.${event.act}`)] : []),
    ...(event.kind === 'desk.unmasked' ? [text(`desk.cases.contact.${event.field}`)] : []),
    ...('of' in event && event.kind.startsWith('desk.proof')
      ? [text(`desk.cases.class.${String(event.of)}`)]
      : []),
    ...(event.kind === 'desk.deed-doubted' ? [text(`desk.reread.found.${event.doubt}`)] : []),
    ...('second' in event && event.second
      ? [text('desk.audit.report.with', { name: event.second })]
      : []),
    ...('reason' in event && event.kind === 'desk.act-refused'
      ? [text(`problem.${event.reason}`)]
      : []),
  ].join(', ')
  const name = WORDS[event.kind]
  const what = text(`desk.audit.what.${name ?? 'other'}`)
  const words = detail === '' ? what : text('desk.audit.report.detail', { what, detail })
  const kind = name === undefined ? html` <span class="quiet mono">${event.kind}</span>` : NOTHING
  const typed = reason === null ? NOTHING : html`<br><q>${reason}</q>`
  return html`${words}${kind}${typed}`
}

/** The kinds that have words of their own. */
const WORDS: Readonly<Partial<Record<AuditEvent['kind'], string>>> = {
  'hold.started': 'held',
  'authenticator.issued': 'issued',
  'authenticator.released': 'released',
  'authenticator.suspended': 'rests',
  'authenticator.revoked': 'revoked',
  'desk.number-matched': 'number-matched',
  'desk.call-opened': 'call-opened',
  'desk.answer-wrong': 'answer-wrong',
  'desk.searched': 'searched',
  'desk.case-opened': 'looked',
  'desk.canary-opened': 'canary',
  'desk.case-closed': 'closed',
  'desk.noted': 'noted',
  'desk.connectivity-read': 'connectivity-read',
  'desk.record-read': 'record-read',
  'desk.call-back-asked': 'call-back-asked',
  'desk.call-back-taken': 'call-back-taken',
  'desk.call-back-returned': 'call-back-returned',
  'desk.call-back-done': 'call-back-done',
  'desk.acted-together': 'acted-together',
  'desk.glass-broken': 'glass-broken',
  'desk.proof-begun': 'asked',
  'desk.proof-accepted': 'proven',
  'desk.proof-refused': 'not-proven',
  'desk.calls-stopped': 'stopped',
  'desk.acted': 'acted',
  'desk.unmasked': 'unmasked',
  'desk.second-asked': 'second-asked',
  'desk.second-agreed': 'second-agreed',
  'desk.second-refused': 'second-refused',
  'desk.pressed': 'pressed',
  'desk.reread-begun': 'reread-begun',
  'desk.reread': 'reread',
  'desk.deed-doubted': 'doubted',
  'desk.act-refused': 'refused',
  'desk.call-denied': 'denied',
}

function verifiedOf({ texts: { text } }: PageContext, { event }: ReportLine): string {
  const level = 'level' in event && typeof event.level === 'string' ? event.level : null
  if (level !== null) return level
  return event.verified ? text(`desk.second.verified.${event.verified}`) : '–'
}
