import type { Pair } from '#core/audit/pairs.ts'
import type { DayNames } from '#edges/desk/compliance/days.ts'
import { auditLinks, dayFields } from '#edges/desk/compliance/search-page.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { headline } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { type AgentFigures, FIGURES } from '#engine/desk/compliance/figures.ts'

interface OfDays extends SeenByMember {
  readonly days: DayNames
}

export interface FiguresFacts extends OfDays {
  readonly figures: readonly AgentFigures[]
}

/** What each member did. */
export function figuresPage(context: PageContext, facts: FiguresFacts): Html {
  const { text } = context.texts
  const rows = facts.figures.map(({ agentId, name, counts }) => [
    html`${name} <span class="quiet mono">${agentId}</span>`,
    ...FIGURES.map((figure) => String(counts[figure])),
  ])
  const columns = ['member', ...FIGURES]
  return framed(context, facts, {
    name: 'figures',
    list:
      rows.length === 0
        ? html`<p class="quiet">${text('desk.audit.none')}</p>`
        : table(context, 'desk.audit.figures', { columns, rows }),
  })
}

export interface PairsFacts extends OfDays {
  readonly pairs: readonly Pair[]
}

/** Who did together what takes two, those first whom most speaks against. */
export function pairsPage(context: PageContext, facts: PairsFacts): Html {
  const { text } = context.texts
  const rows = facts.pairs.map(({ asker, second, marks, ...counts }) => [
    html`<span class="mono">${asker}</span><br><span class="mono">${second}</span>`,
    ...(['deeds', 'clients', 'failedBefore', 'denied'] as const).map((name) =>
      String(counts[name]),
    ),
    marks.length === 0
      ? '–'
      : html`<ul class="stack" role="list">${marks.map(
          (mark) => html`<li>${text(`desk.audit.pairs.mark.${mark}`)}</li>`,
        )}</ul>`,
  ])
  const columns = ['pair', 'deeds', 'clients', 'failed', 'denied', 'marks']
  return framed(context, facts, {
    name: 'pairs',
    list:
      rows.length === 0
        ? html`<p class="quiet">${text('desk.audit.none')}</p>`
        : table(context, 'desk.audit.pairs', { columns, rows }),
  })
}

function framed(
  context: PageContext,
  facts: OfDays,
  { name, list }: { readonly name: 'figures' | 'pairs'; readonly list: Html },
): Html {
  const { text } = context.texts
  const title = text(`desk.audit.${name}.title`)
  return memberPage(context, facts, {
    title,
    place: 'audit',
    main: html`${headline(title, text(`desk.audit.${name}.lead`))}${auditLinks(context, name)}
<form class="row" method="get" action="/audit/${name}">${dayFields(context, facts.days)}
<button class="button plain">${text('desk.audit.search')}</button></form>${list}`,
  })
}
