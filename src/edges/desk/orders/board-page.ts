import { countFor, type Order, type OrderRules } from '#core/orders/order.ts'
import type { Stock } from '#engine/inventory/stock.ts'
import type { NamedOrder } from '#engine/orders/fulfilment.ts'
import {
  dueBackTable,
  type UnusedFacts,
  writtenOffTable,
} from '#edges/desk/orders/returns-table.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { countryName } from '#edges/texts/countries.ts'

/** What is looked at on the board, in the order in which a parcel comes through it. */
const STAGES = ['ordered', 'packed', 'sent', 'delivered', 'lost'] as const
/** And what its client uses no more. */
const UNUSED = ['due-back', 'written-off'] as const
export const COLUMNS = [...STAGES, ...UNUSED] as const

/** What stands in the chosen column. */
export type Listed =
  | { readonly column: (typeof STAGES)[number]; readonly orders: readonly NamedOrder[] }
  | { readonly column: (typeof UNUSED)[number]; readonly unused: readonly UnusedFacts[] }

/** How many are free, and of which kinds too few. */
type Counted = Pick<Stock, 'low' | 'free' | 'least'>

export interface BoardFacts extends SeenByMember {
  readonly listed: Listed
  readonly rules: Pick<OrderRules, 'delivery' | 'activation'>
  /** When one that is ordered should leave. */
  readonly leavesAt: (order: Order) => Order['orderedAt']
  readonly stock: Counted
}

/** What waits, the oldest first; whose it is stands on its own page. */
export function boardPage(context: PageContext, facts: BoardFacts): Html {
  const { text } = context.texts
  const { listed, stock } = facts
  const { column } = listed
  const title = text('desk.orders.title')
  const links = COLUMNS.map((one) => {
    const words = text(`desk.orders.column.${one}`)
    return one === column
      ? html`<li><a href="/orders?state=${one}" aria-current="page">${words}</a></li>`
      : html`<li><a href="/orders?state=${one}">${words}</a></li>`
  })
  return memberPage(context, facts, {
    title,
    place: 'orders',
    main: html`${headline(title, text('desk.orders.lead'))}${lowNotice(context, stock)}
<nav aria-label="${text('desk.orders.columns-of')}"><ul class="row" role="list">${links}</ul></nav>
${listOf(context, facts)}${byCountry(context, facts)}
<p><a href="/stock">${text('desk.stock.title')}</a></p>`,
  })
}

function listOf(context: PageContext, facts: BoardFacts): Html {
  const { listed } = facts
  const held = 'orders' in listed ? listed.orders : listed.unused
  if (held.length === 0) return html`<p class="quiet">${context.texts.text('desk.orders.none')}</p>`
  if ('unused' in listed) {
    const { column, unused } = listed
    return (column === 'due-back' ? dueBackTable : writtenOffTable)(context, unused)
  }
  const rows = listed.orders.map((one) => rowOf(context, facts, one))
  const columns = ['since', 'country', 'due', 'serial']
  return table(context, 'desk.orders', { columns, rows })
}

/** How long a card is under way, and when it works by itself, as it is set. */
function byCountry(context: PageContext, { rules }: BoardFacts): Html {
  const { text, language } = context.texts
  const { delivery, activation } = rules
  const daysOf = (count: number) => text('desk.orders.by-country.count', { count })
  const countries = [...new Set([...Object.keys(delivery.days), ...Object.keys(activation.days)])]
  const rowFor = (name: string, country: string | null) => [
    name,
    daysOf(countFor(delivery, country)),
    daysOf(countFor(activation, country)),
  ]
  const rows = [
    ...countries.toSorted().map((country) => rowFor(countryName(language, country), country)),
    rowFor(text('desk.orders.by-country.elsewhere'), null),
  ]
  const columns = ['country', 'delivery', 'activation']
  return html`<section class="section stack"><h2>${text('desk.orders.by-country.title')}</h2>
<p class="quiet">${text('desk.orders.by-country.lead')}</p>
${table(context, 'desk.orders.by-country', { columns, rows })}</section>`
}

export function lowNotice({ texts: { text } }: PageContext, stock: Counted): Html {
  const { low, free, least } = stock
  const told = free.filter(({ kind }) => low.includes(kind))
  return html`${told.map(({ kind, count }) => {
    const values = { kind: text(`method.${kind}.name`), free: count, least }
    return notice('warn', text('desk.stock.low', values))
  })}`
}

function rowOf(
  context: PageContext,
  { leavesAt }: BoardFacts,
  { order, lateness }: NamedOrder,
): readonly (Html | string)[] {
  const { texts, formats, site } = context
  const { text } = texts
  const due =
    'expectedAt' in order
      ? formats.date(order.expectedAt)
      : text('desk.orders.leaves', { day: formats.date(leavesAt(order)) })
  const late =
    lateness === null || lateness === 'in-time'
      ? NOTHING
      : html` <span class="tag warn">${text(`desk.orders.lateness.${lateness}`)}</span>`
  const since = formats.moment(order.orderedAt, site.now())
  return [
    html`<a href="/orders/${order.id}"><time>${since}</time></a>`,
    order.country === null
      ? text('desk.orders.unknown')
      : countryName(texts.language, order.country),
    html`${due}${late}`,
    'serial' in order ? html`<span class="mono">${order.serial}</span>` : '',
  ]
}
