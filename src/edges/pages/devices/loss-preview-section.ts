import type { Acr } from '#core/assurance.ts'
import type { LossPreview, Way } from '#core/devices/loss-preview.ts'
import type { Rights } from '#core/sessions/rights.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { opensNow } from '#edges/pages/frame/opens.ts'
import { bindButton, fact } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface LossPreviewFacts {
  readonly lossPreview: LossPreview
  readonly rightsBy: (acr: Acr) => Rights
  readonly token: string
}

/** If the phone were lost now: what would still open how much, and the one step that would help. */
export function lossPreviewSection(context: PageContext, facts: LossPreviewFacts): Html {
  const { text } = context.texts
  const { today, isPhone, lost, left, perhaps } = facts.lossPreview
  if (!today) return NOTHING
  const title = isPhone
    ? text('portal.loss-preview.phone')
    : rich(context.texts, 'portal.loss-preview.other', { label: today.label })
  const rows = [
    ...left.map((way) => row(context, facts, way)),
    ...perhaps.map((way) => row(context, facts, { ...way, doubt: 'portal.loss-preview.perhaps' })),
  ]
  const still =
    rows.length > 0
      ? html`<p>${text('portal.loss-preview.still')}</p><dl class="facts">${rows}</dl>`
      : html`<p>${text('portal.loss-preview.nothing')} ${telephone(context.site)}</p>`
  const labels = lost.map(({ label }) => label).join(', ')
  const gone =
    lost.length > 1
      ? html`<p class="quiet">${text('portal.loss-preview.gone', { labels })}</p>`
      : NOTHING
  return html`<section class="section stack"><h2>${title}</h2>
${still}${gone}${stepPiece(context, facts)}</section>`
}

function row(
  context: PageContext,
  { rightsBy }: LossPreviewFacts,
  way: Way & { readonly doubt?: string },
): Html {
  const { texts, formats } = context
  const opened = opensNow(context, rightsBy(way.acr))
  const end =
    way.expiresAt === null
      ? ''
      : texts.text('portal.loss-preview.until', { day: formats.date(way.expiresAt) })
  const doubt = way.doubt === undefined ? '' : texts.text(way.doubt)
  return fact(way.label, [opened, end, doubt].filter(Boolean).join(' '))
}

function stepPiece(
  { texts: { text } }: PageContext,
  { lossPreview, token }: LossPreviewFacts,
): Html {
  const { step, apart, left, perhaps } = lossPreview
  if (step !== null) {
    const why = text(`method.${step}.spare`)
    const where = apart ? ` ${text('portal.loss-preview.apart')}` : ''
    // One that is set up is not proposed as if it were not: another one helps, kept elsewhere.
    const isHeld = perhaps.some(({ method }) => method === step)
    const words = text(`method.${step}.${isHeld ? 'another' : 'add'}`)
    return html`<p><strong>${text('portal.loss-preview.step')}</strong> ${why}${where}</p>
${bindButton({ method: step, token, look: 'button plain', words })}`
  }
  return left.length > 0
    ? html`<p class="confirm">${icon('check')}${text('portal.loss-preview.enough')}</p>`
    : NOTHING
}
