import type { EnrolView, Sheet } from '#methods/enrol.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { pressForm, stages, until } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface SheetFacts extends Seen {
  readonly view: EnrolView
  /** Where it is told step by step, if anywhere. */
  readonly guide: string | undefined
  readonly sheet: Sheet
  /** What follows when it is printed: asked here in its place where there is a script. */
  readonly check: Html
  /** Where this page stands, and its forms. */
  readonly address: string
  readonly expiresAt: Parameters<typeof until>[1]
  /** The session sees no other page of the portal. */
  readonly isFirst: boolean
}

/**
 * A card to print, shown once. A script prints it, takes it off the screen and asks in its place
 * what its client reads on the paper; it can be printed again, and is not shown again. Without a
 * script a link leads on. The paper shows the card alone, without name and account number, with the
 * serial behind the codes, so that a copy tells which card it is of (A15).
 */
export function sheetPage(context: PageContext, facts: SheetFacts): Html {
  const { texts: t } = context
  const { view, address, token } = facts
  const title = t.text(view.title)
  const next = view.next
    ? html`<a class="is-printed"
href="${address}?view=${view.next.view}">${t.text(view.next.button)}</a>`
    : NOTHING
  const cancel = pressForm({
    action: `${address}/cancel`,
    token,
    look: 'button plain',
    words: t.text('portal.enrol.cancel'),
  })
  const words = t.text('portal.sheet.save')
  const save = html`<button class="button plain" type="button"
id="save-image" hidden>${words}</button>`
  const main = html`<div class="stack loose">
${facts.isFirst ? NOTHING : html`<div class="screen">${crumbs(context, title)}</div>`}
<div class="screen stack" id="before-print">${stagesOf(context, view)}
<h1>${title}</h1><p class="lead column">${rich(t, view.lead.key, view.lead.values)}</p></div>
<section class="screen stack loose column" id="after-print" hidden>${facts.check}</section>
<div class="screen stack"><div class="row">
<button class="button" type="button" id="print" hidden>${t.text('portal.sheet.print')}</button>
${save}${next}</div>
<noscript><p>${t.text('portal.sheet.by-browser')}</p></noscript>
<p>${until(context, facts.expiresAt, view.left ?? 'portal.enrol.left')}</p></div>
${sheetOf(context, facts.sheet)}
<div class="screen">${methodGuide(context, facts.guide)}</div>
<div class="screen row">${next}${cancel}</div></div>`
  return portalPage(context, {
    ...facts,
    title,
    tab: facts.isFirst ? null : 'security',
    main,
    styles: ['sheet'],
    script: 'sheet',
  })
}

/** How far a binding of several pages has come. */
export const stagesOf = ({ texts }: PageContext, { stage }: EnrolView): Html =>
  stage ? stages(texts, stage.of, stage.at) : NOTHING

const MARKS = 5

function sheetOf(context: PageContext, { serial, cells, expiresAt }: Sheet): Html {
  const { texts: t, formats, site } = context
  const name = t.text('portal.sheet.name')
  const row = Array.from({ length: 3 }, () => serial).join(' \u00a0 ')
  const mark = html`<span data-words="${row}"></span>`
  const items = cells.map(({ index, code }) => html`<li><span>${index}</span><b>${code}</b></li>`)
  const end = formats.full(expiresAt)
  const printed = t.text('portal.sheet.printed', { day: formats.date(site.now()) })
  const file = t.text('portal.sheet.file', { serial })
  const zone = t.text('portal.zone', { zone: formats.zone })
  const marks = Array.from({ length: MARKS }, () => mark)
  return html`<section class="sheet stack" id="sheet" aria-label="${name}" data-file="${file}">
<div class="mark" aria-hidden="true">${marks}</div>
<div class="split head"><div><p><strong>${site.settings.name}</strong></p>
<p>${name} <strong class="serial">${serial}</strong></p></div>
<p>${rich(t, 'portal.sheet.valid', { end })}<br>${zone} ${printed}</p></div>
<ol class="cells" role="list">${items}</ol>
<p class="small how">${t.text('portal.sheet.how')} ${telephone(site)}.
${t.text('portal.sheet.shred')}</p>
</section>`
}
