import type { Order } from '#core/orders/order.ts'
import type { Problem } from '#core/problems.ts'
import type { NamedOrder } from '#engine/orders/fulfilment.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import {
  carried,
  fact,
  field,
  formField,
  headline,
  notice,
  pressForm,
} from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface OrderFacts extends SeenByMember {
  readonly seen: NamedOrder
  readonly leavesAt: Order['orderedAt']
  /** In the post, by the country that it goes to. */
  readonly days: number
  readonly typed: { readonly serial: string; readonly carrier: string; readonly tracking: string }
  readonly problem: Problem | null
}

/** One order: whose it is, where it goes, and what is done with it next. */
export function orderPage(context: PageContext, facts: OrderFacts): Html {
  const { text } = context.texts
  const { seen, problem } = facts
  const { order } = seen
  const title = text(`desk.orders.state.${order.state}`)
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'orders',
    main: html`${problemNotice(context, problem)}${headline(title, text('desk.orders.one-lead'))}
${lateNotice(context, seen)}${factList(context, facts)}${steps(context, facts)}
<p><a href="/orders">${text('desk.orders.back')}</a></p>`,
  })
}

function lateNotice({ texts: { text } }: PageContext, { lateness }: NamedOrder): Html {
  if (lateness === null || lateness === 'in-time') return NOTHING
  return notice('warn', text(`desk.orders.late.${lateness}`))
}

function factList(
  { texts: { text }, formats }: PageContext,
  { seen, leavesAt, days }: OrderFacts,
): Html {
  const { order, userName } = seen
  const day = (name: string, at: Order['orderedAt']) =>
    fact(text(`desk.orders.fact.${name}`), formats.date(at))
  const { fault, country } = order
  const where = country ?? text('desk.orders.unknown')
  const parcel = 'sentAt' in order ? order : null
  const shipment = parcel?.shipment ?? null
  const instead =
    fault === undefined
      ? NOTHING
      : fact(text('desk.orders.fact.instead'), text(`desk.orders.fault.${fault}`))
  const serial =
    'serial' in order
      ? fact(text('desk.orders.fact.serial'), html`<span class="mono whole">${order.serial}</span>`)
      : NOTHING
  const carrier =
    shipment === null
      ? NOTHING
      : fact(text('desk.orders.fact.carrier'), `${shipment.carrier} ${shipment.tracking ?? ''}`)
  return html`<dl class="facts">
${fact(text('desk.orders.fact.client'), html`<span class="mono">${userName}</span>`)}
${fact(text('desk.orders.fact.address'), lines(order.address))}
${fact(text('desk.orders.fact.device'), text(`method.${order.method}.name`))}
${instead}
${day('ordered', order.orderedAt)}
${
  parcel === null
    ? day('leaves', leavesAt)
    : html`${day('sent', parcel.sentAt)}
${day('expected', parcel.expectedAt)}`
}
${fact(text('desk.orders.fact.days'), text('desk.orders.days', { count: days, country: where }))}
${parcel !== null && !order.mustBeProven ? day('activates', parcel.activatesAt) : NOTHING}
${serial}${carrier}</dl>`
}

/** What can be done with it now. */
function steps(context: PageContext, facts: OrderFacts): Html {
  const { text } = context.texts
  const { seen, token } = facts
  const { order } = seen
  const at = `/orders/${order.id}`
  const press = (act: 'delivered' | 'lost', look: 'button' | 'button plain' = 'button plain') =>
    pressForm({
      action: `${at}/confirm`,
      token,
      look,
      words: text(`desk.orders.act.${act}`),
      carries: { act },
    })
  const label = html`<p><a href="${at}/label">${text('desk.orders.print-label')}</a></p>`
  const sheet = html`<p><a href="${at}/sheet">${text('desk.orders.sheet')}</a></p>${label}`
  switch (order.state) {
    case 'ordered':
      return packForm(context, facts)
    case 'packed':
      return html`${label}${sendForm(context, facts)}${packForm(context, facts)}`
    case 'sent':
      return html`${sheet}${press('delivered', 'button')}
<p class="quiet">${text('desk.orders.lost-hint')}</p>${press('lost')}
${relabelForm(context, facts)}`
    case 'delivered':
      return html`${sheet}<p class="quiet">${text('desk.orders.lost-hint')}</p>${press('lost')}`
    case 'active':
    case 'lost':
    case 'withdrawn':
    case 'returned':
      return NOTHING
  }
}

const EXACT = 'type="text" autocomplete="off" autocapitalize="off" spellcheck="false" '

function packForm(context: PageContext, { seen: { order }, typed, token }: OrderFacts): Html {
  const { text } = context.texts
  const again = order.state === 'packed'
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text(again ? 'desk.orders.pack-again' : 'desk.orders.pack')}</h2>${formField(token)}
${carried({ act: 'packed' })}
${field({
  id: 'serial',
  label: text('desk.orders.fact.serial'),
  hint: text('desk.orders.serial-hint'),
  value: again ? '' : typed.serial,
  attributes: `${EXACT}maxlength="100" required`,
})}
<p><button class="button${again ? ' plain' : ''}">${text('desk.orders.act.packed')}</button></p>
</form>`
}

/** Who carries it, and under which number. */
const labelFields = (
  { texts: { text } }: PageContext,
  values: Omit<OrderFacts['typed'], 'serial'>,
) =>
  (['carrier', 'tracking'] as const).map((name) =>
    field({
      id: name,
      label: text(`desk.orders.label.${name}`),
      hint: text(`desk.orders.label.${name}-hint`),
      value: values[name],
      attributes: `${EXACT}maxlength="100"`,
    }),
  )

/** What was written down wrong, as long as it is in the post. */
function relabelForm(context: PageContext, { seen: { order }, typed, token }: OrderFacts): Html {
  const { text } = context.texts
  const shipment = 'shipment' in order ? order.shipment : null
  const isTyped = typed.carrier !== '' || typed.tracking !== ''
  const stands = { carrier: shipment?.carrier ?? '', tracking: shipment?.tracking ?? '' }
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text('desk.orders.relabel')}</h2><p class="quiet">${text('desk.orders.relabel-hint')}</p>
${formField(token)}${carried({ act: 'relabelled' })}
${labelFields(context, isTyped ? typed : stands)}
<p><button class="button plain">${text('desk.orders.act.relabelled')}</button></p></form>`
}

function sendForm(context: PageContext, { seen: { order }, typed, token }: OrderFacts): Html {
  const { text } = context.texts
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text('desk.orders.send')}</h2>${formField(token)}${carried({ act: 'sent' })}
${field({
  id: 'leaving',
  name: 'serial',
  label: text('desk.orders.fact.serial'),
  hint: text('desk.orders.check-hint'),
  value: typed.serial,
  attributes: `${EXACT}maxlength="100" required`,
})}${labelFields(context, typed)}
<p><button class="button">${text('desk.orders.act.sent')}</button></p></form>`
}
