import type { Order } from '#core/orders/order.ts'
import type { NamedOrder } from '#engine/orders/fulfilment.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { headline, notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

/** What is looked at on the board, in the order in which a parcel comes through it. */
export const COLUMNS = ['ordered', 'packed', 'sent', 'delivered', 'lost'] as const
export type Column = (typeof COLUMNS)[number]

export interface BoardFacts extends SeenByMember {
  readonly column: Column
  readonly orders: readonly NamedOrder[]
  /** When one that is ordered should leave. */
  readonly leavesAt: (order: Order) => Order['orderedAt']
  /** Kinds of which too few are free. */
  readonly low: readonly string[]
}

/** What waits, the oldest first; whose it is stands on its own page. */
export function boardPage(context: PageContext, facts: BoardFacts): Html {
  const { text } = context.texts
  const { column, orders, low } = facts
  const title = text('desk.orders.title')
  const links = COLUMNS.map((one) => {
    const words = text(`desk.orders.column.${one}`)
    return one === column
      ? html`<li><a href="/orders?state=${one}" aria-current="page">${words}</a></li>`
      : html`<li><a href="/orders?state=${one}">${words}</a></li>`
  })
  const rows = orders.map((one) => rowOf(context, facts, one))
  const columns = ['since', 'country', 'due', 'serial']
  const list =
    rows.length === 0
      ? html`<p class="quiet">${text('desk.orders.none')}</p>`
      : table(context, 'desk.orders', { columns, rows })
  return memberPage(context, facts, {
    title,
    place: 'orders',
    main: html`${headline(title, text('desk.orders.lead'))}${lowNotice(context, low)}
<nav aria-label="${text('desk.orders.columns-of')}"><ul class="row" role="list">${links}</ul></nav>
${list}<p><a href="/stock">${text('desk.stock.title')}</a></p>`,
  })
}

export const lowNotice = ({ texts: { text } }: PageContext, low: readonly string[]): Html =>
  low.length === 0
    ? NOTHING
    : html`${low.map((kind) =>
        notice('warn', text('desk.stock.low', { kind: text(`method.${kind}.name`) })),
      )}`

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
    order.country ?? text('desk.orders.unknown'),
    html`${due}${late}`,
    'serial' in order ? html`<span class="mono">${order.serial}</span>` : '',
  ]
}
