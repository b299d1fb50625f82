import type { Platform } from '#core/assurance.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { fact, formField, headline, holdLeft } from '#edges/pages/frame/parts.ts'
import { portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface ScopeFacts extends Seen {
  /** Platforms on which statements are read. */
  readonly platforms: readonly Platform[]
  /** Those that are read here, as a list; `null` for none. */
  readonly statements: Html | null
  /** Methods of what can be printed. */
  readonly printed: readonly string[]
}

/**
 * The portal of a session that opens only part of it: which part, why, and what else there is to
 * do.
 */
export function scopePage(context: PageContext, facts: ScopeFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { decision, account } = facts.session
  const scope = decision.rights.portal
  // Statements alone is also what a new phone sees that waits: its account is as open as ever.
  const words = decision.row === 'waiting' ? 'waiting' : scope
  const title = text(`portal.scope.${words}.title`)
  const accountLine = account
    ? html`${fact(
        text(`portal.account.${account.environment}`),
        html`<span class="mono">${account.number}</span>`,
        html`<span class="tag">${text(`portal.account.status.${account.status}`)}</span>`,
      )}
`
    : NOTHING
  const { until } = decision
  const left = until !== null && words === 'waiting' ? [holdLeft(context, until)] : []
  const end =
    until === null
      ? NOTHING
      : fact(text('portal.scope.until'), formats.moment(until, site.now()), ...left)
  const main = html`<div class="column stack loose">
${headline(title, text(`portal.scope.${words}.lead`))}
<dl class="facts">${accountLine}
${fact(text('portal.rights.trading'), text('portal.rights.trading-closed'))}${end}</dl>
${scope === 'statements' ? statements(context, facts) : NOTHING}
${scope === 'card-printing' ? printing(context, facts) : NOTHING}
<p>${text(`portal.scope.${words}.call`)} ${telephone(site)}</p>
</div>`
  return portalPage(context, { ...facts, title, tab: null, main })
}

/** Activity and tax statements: those that are kept here, then where others are (R028). */
function statements(context: PageContext, { platforms, statements: here }: ScopeFacts): Html {
  const {
    texts: { text, language },
  } = context
  const links = platforms.flatMap(({ name, startUri }) =>
    startUri === null ? [] : [html`<li><a href="${startUri}">${name[language]}</a></li>`],
  )
  const elsewhere = links.length > 0 ? html`<ul role="list" class="stack">${links}</ul>` : NOTHING
  const isEmpty = here === null && links.length === 0
  const none = isEmpty ? html`<p>${text('portal.scope.statements.none')}</p>` : NOTHING
  return html`<section class="section stack"><h2>${text('portal.scope.statements.list')}</h2>
${here ?? NOTHING}${elsewhere}${none}</section>`
}

function printing({ texts: { text } }: PageContext, { printed, token }: ScopeFacts): Html {
  const buttons = printed.map((method) => {
    const name = text(`method.${method}.add`)
    return html`<button class="button" name="method" value="${method}">${name}</button>`
  })
  return html`<form method="post" action="/portal/security/enrolments" class="row">
${formField(token)}${buttons}</form>`
}
