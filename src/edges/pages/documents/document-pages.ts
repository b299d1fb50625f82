import type { Statement } from '#core/documents/statement.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface DocumentsFacts extends Seen {
  /** The latest first. */
  readonly statements: readonly Statement[]
  /** The year that was asked for. */
  readonly year: string | null
}

/** Statements of a client, a year at a time. */
export function documentsPage(context: PageContext, facts: DocumentsFacts): Html {
  const {
    texts: { text },
    site,
  } = context
  const { statements, year, session } = facts
  const title = text('documents.title')
  const list =
    statements.length > 0
      ? statementsOfYear(context, statements, year)
      : html`<div class="empty"><h2>${text('documents.none.title')}</h2>
<p>${text('documents.none.lead')}</p></div>`
  // A session that sees nothing else of the portal has no tabs, and goes back to its first page.
  const isWhole = session.decision.rights.portal === 'full'
  const tab = isWhole ? 'documents' : null
  const back = isWhole ? NOTHING : crumbs(context, title, FIRST_PAGE)
  const send = isWhole
    ? html`<p><a href="${SEND_PAGE}">${text('submissions.title')}</a></p>`
    : NOTHING
  const main = html`<div class="stack loose">
${back}${headline(title, text('documents.lead'))}${send}
<section class="section stack">${list}</section>
<p class="quiet">${text('documents.call')} ${telephone(site)}</p></div>`
  return portalPage(context, { ...facts, title, tab, main })
}

/** Where a client sends a proof. */
export const SEND_PAGE = '/portal/documents/send'

const FIRST_PAGE = { address: '/portal', title: 'portal.tabs.overview' } as const

/** The statements of one year, the latest where it has none, and the way to the others. */
export function statementsOfYear(
  context: PageContext,
  statements: readonly Statement[],
  wanted: string | null,
): Html {
  const {
    texts: { text },
    formats,
  } = context
  const years = Map.groupBy(statements, ({ day }) => day.slice(0, 4))
  const latest = years.keys().next().value
  if (latest === undefined) return NOTHING
  const year = wanted !== null && years.has(wanted) ? wanted : latest
  const rows = (years.get(year) ?? []).map(({ id, name, kind, day, lengthBytes }) => [
    html`<a href="/portal/documents/${id}">${name}</a>`,
    text(`documents.kind.${kind}`),
    formats.calendarDay(day),
    text('documents.file', { size: formats.size(lengthBytes) }),
  ])
  const caption = text('documents.of-year', { year })
  const columns = ['name', 'kind', 'day', 'file']
  // With one year there is nothing to choose, and it is named all the same.
  const head =
    years.size === 1
      ? html`<p><strong>${caption}</strong></p>`
      : yearLinks(context, [...years.keys()], year)
  return html`${head}${table(context, 'documents', {
    columns,
    rows,
    caption,
  })}`
}

function yearLinks({ texts: { text } }: PageContext, years: readonly string[], open: string): Html {
  const links = years.map((year) => {
    const current = year === open ? html` aria-current="page"` : NOTHING
    return html`<a href="/portal/documents?year=${year}"${current}>${year}</a>`
  })
  return html`<nav class="pages" aria-label="${text('documents.years')}">${links}</nav>
`
}
