import type { Acr } from '#core/assurance.ts'
import type { Prospect, Way } from '#core/devices/loss-preview.ts'
import type { Rights } from '#core/sessions/rights.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { opensNow } from '#edges/pages/frame/opens.ts'
import { formField } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface ProspectFacts {
  readonly prospect: Prospect
  readonly rightsBy: (acr: Acr) => Rights
  readonly token: string
}

/** If the phone were lost now: what would still open how much, and the one step that would help. */
export function prospectSection(context: PageContext, facts: ProspectFacts): Html {
  const { text } = context.texts
  const { today, isPhone, lost, left, perhaps } = facts.prospect
  if (!today) return NOTHING
  const title = isPhone
    ? text('portal.prospect.phone')
    : text('portal.prospect.other', { label: today.label })
  const rows = [
    ...left.map((way) => row(context, facts, way)),
    ...perhaps.map((way) => row(context, facts, { ...way, doubt: 'portal.prospect.perhaps' })),
  ]
  const still =
    rows.length > 0
      ? html`<p>${text('portal.prospect.still')}</p><dl class="facts">${rows}</dl>`
      : html`<p>${text('portal.prospect.nothing')} ${telephone(context.site)}</p>`
  const gone =
    lost.length > 1
      ? html`<p class="quiet">${text('portal.prospect.gone', { labels: lost.map(({ label }) => label).join(', ') })}</p>`
      : NOTHING
  return html`<section class="section stack"><h2>${title}</h2>
${still}${gone}${stepPiece(context, facts)}</section>`
}

function row(
  context: PageContext,
  { rightsBy }: ProspectFacts,
  way: Way & { readonly doubt?: string },
): Html {
  const { texts, formats } = context
  const opened = opensNow(context, rightsBy(way.acr))
  const end =
    way.expiresAt === null
      ? ''
      : texts.text('portal.prospect.until', { day: formats.date(way.expiresAt) })
  const doubt = way.doubt === undefined ? '' : texts.text(way.doubt)
  return html`<div><dt>${way.label}</dt><dd>${[opened, end, doubt].filter(Boolean).join(' ')}</dd></div>`
}

function stepPiece({ texts: { text } }: PageContext, { prospect, token }: ProspectFacts): Html {
  const { step, left } = prospect
  if (step !== null) {
    return html`<p><strong>${text('portal.prospect.step')}</strong> ${text(`method.${step}.spare`)}</p>
<form method="post" action="/portal/security/enrolments">${formField(token)}<button class="button plain" name="method" value="${step}">${text(`method.${step}.add`)}</button></form>`
  }
  return left.length > 0
    ? html`<p class="confirm">${icon('check')}${text('portal.prospect.enough')}</p>`
    : NOTHING
}
