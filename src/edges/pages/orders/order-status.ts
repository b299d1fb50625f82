import type { Deposit } from '#core/orders/deposit.ts'
import { isOnItsWay, isTravelling, type Order } from '#core/orders/order.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { HeldCard } from '#engine/orders/fulfilment.ts'
import type { Token } from '#core/inventory/hardware-token.ts'
import type { OpenChange } from '#methods/change.ts'
import { errorsOf, problemWords, typedField } from '#edges/pages/devices/binding-pages.ts'
import { html, type Html, lines, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { technicalTelephone } from '#edges/pages/frame/layout.ts'
import { stepsTo } from '#edges/pages/frame/typed.ts'
import { goesTo, type Home, movedNotice } from '#edges/pages/orders/order-address.ts'
import { fact, formField, headline, pressForm, saidAloud, until } from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { ORDER, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

/** What becomes of an order: on its way, here, or back (R163, R165, R118). */

export interface StatusFacts extends Seen, Home {
  readonly order: Order
  /** When it would leave and be there, as far as can be said before it has left. */
  readonly leavesAt: Instant
  readonly arrivesAt: Instant
  /** What came with it, as long as it can go back (R118). */
  readonly card: HeldCard | null
}

const addressOf = ({ id }: Pick<Order, 'id'>): string => `/portal/security/orders/${id}`

export function orderStatusPage(context: PageContext, facts: StatusFacts): Html {
  const { texts: t } = context
  const { order, token } = facts
  const title = t.text(`portal.order.state.${stateOf(order)}.title`)
  const left = isTravelling(order)
    ? html`<p class="quiet">${t.text('portal.order.left')}</p>`
    : NOTHING
  const main = html`<div class="column stack loose">
${crumbs(context, t.text('portal.order.section'), ABOVE.devices)}
${headline(title, leadOf(context, facts), isTravelling(order) ? 'letter' : 'token')}
${movedNotice(context, order, facts)}
${nextOf(context, { order, token })}${moneyOf(context, order)}${factsOf(context, facts)}
${['active', 'by-hand'].includes(stateOf(order)) ? trouble(context) : NOTHING}
${left}${sendingBack(context, facts)}
<div class="row"><a href="${SECURITY_PAGES.devices}">${t.text('portal.order.refused.back')}</a>
</div></div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

/** A card that was to work, and does not, has a desk of its own (R115). */
const trouble = ({ texts: { text }, site }: PageContext): Html =>
  html`<p>${text('portal.order.trouble')} ${technicalTelephone(site)}</p>`

/** What came by post goes back by post, and the deposit is free. */
function sendingBack({ texts: { text } }: PageContext, { card }: StatusFacts): Html {
  if (card === null) return NOTHING
  return html`<section class="section stack"><h2>${text('portal.return.section')}</h2>
<p>${text('portal.return.text')}</p>
<p><a class="button plain" href="${returnAddress(card)}">${text('portal.return.link')}</a></p>
</section>
`
}

const returnAddress = ({ id }: HeldCard): string => `/portal/security/devices/${id}/return`

/** A card that came and is used no more is not called active: its deposit says that it ended. */
function stateOf({ state, byHand, deposit: { dueAt, releasedAt, chargedAt } }: Order) {
  if (state !== 'active') return state
  const isEnded = [dueAt, releasedAt, chargedAt].some((at) => at !== null)
  if (isEnded) return 'ended'
  return byHand ? 'by-hand' : 'active'
}

function leadOf({ texts: t, formats }: PageContext, facts: StatusFacts): string {
  const { order, leavesAt, arrivesAt } = facts
  const day = (at: Instant) => formats.date(at)
  const lead = (values: Readonly<Record<string, string>>) =>
    t.text(`portal.order.state.${stateOf(order)}.lead`, values)
  switch (order.state) {
    case 'ordered':
    case 'packed':
      return lead({ leaves: day(leavesAt), arrives: day(arrivesAt) })
    case 'sent':
      return lead({ sent: day(order.sentAt), expected: day(order.expectedAt) })
    case 'delivered':
      return lead({ day: day(order.deliveredAt) })
    case 'active':
      return lead({ day: day(order.activatedAt) })
    case 'lost':
      return lead({ day: day(order.lostAt) })
    case 'returned':
      return lead({ day: day(order.returnedAt) })
    case 'withdrawn':
      return lead({})
  }
}

/** The one thing to do about it now. */
function nextOf(
  { texts: t, formats }: PageContext,
  { order, token }: Pick<StatusFacts, 'order' | 'token'>,
): Html {
  const address = addressOf(order)
  if (order.state === 'ordered' || order.state === 'packed') {
    const withdraw = pressForm({
      action: `${address}/withdraw`,
      token,
      look: 'button plain',
      words: t.text('portal.order.withdraw.button'),
    })
    return html`<section class="section stack"><h2>${t.text('portal.order.withdraw.title')}</h2>
<p>${t.text('portal.order.withdraw.text')}</p>
${withdraw}</section>
`
  }
  if (!isTravelling(order)) return NOTHING
  const itself = order.mustBeProven
    ? t.text('portal.order.state.sent.proven')
    : t.text('portal.order.state.sent.itself', { day: formats.date(order.activatesAt) })
  const arrived = pressForm({
    action: `${address}/arrival`,
    token,
    look: 'button',
    words: t.text('portal.order.state.sent.button'),
  })
  return html`${arrived}
<p>${itself}</p>
`
}

/** What has become of it, in one word. */
function standingOf({ releasedAt, chargedAt, refundedAt }: Deposit) {
  if (refundedAt !== null) return 'refunded'
  if (chargedAt !== null) return 'charged'
  return releasedAt === null ? 'held' : 'released'
}

/** What its holder has to do about the deposit, or has lost or won. */
function moneyOf({ texts: t, formats }: PageContext, { deposit }: Order): Html {
  const values = { amount: formats.money(deposit.usd), account: deposit.account }
  const said = (name: string, day: Instant) =>
    html`<p>${t.text(`portal.order.money.${name}`, { ...values, day: formats.date(day) })}</p>
`
  const { dueAt, chargedAt, refundedAt } = deposit
  if (refundedAt !== null) return said('refunded', refundedAt)
  if (chargedAt !== null) return said('charged', chargedAt)
  return dueAt === null ? NOTHING : said('due', dueAt)
}

function factsOf({ texts: t, formats }: PageContext, facts: StatusFacts): Html {
  const { order } = facts
  const { deposit, orderedAt, byHand = false } = order
  const amount = formats.money(deposit.usd)
  const where = t.text('portal.order.summary.in', { amount, account: deposit.account })
  const how = t.text(`portal.order.facts.${standingOf(deposit)}`)
  const serial =
    'serial' in order
      ? html`<div><dt>${t.text('portal.order.facts.serial')}</dt>
<dd class="mono whole">${order.serial}</dd></div>`
      : NOTHING
  return html`<dl class="facts">
${fact(t.text(`portal.order.facts.${byHand ? 'given' : 'ordered'}`), formats.full(orderedAt))}
${shipmentFact(t, order)}
${byHand ? NOTHING : fact(t.text('portal.order.address.name'), lines(goesTo(order, facts)))}
${fact(t.text('portal.order.summary.deposit'), `${where}, ${how}`)}
${serial}</dl>`
}

/** Who carries it, with the number to ask them by. */
function shipmentFact(t: PageContext['texts'], order: Order): Html {
  if (!('shipment' in order) || order.shipment === null) return NOTHING
  const { carrier, tracking } = order.shipment
  const number = tracking === null ? NOTHING : html` <span class="mono">${tracking}</span>`
  return fact(t.text('portal.order.facts.carrier'), html`${carrier}${number}`)
}

export interface ArrivalFacts extends Seen {
  readonly order: Order
  readonly open: OpenChange
  readonly refusal: Refusal | null
}

/** It has come: the card itself shows it, with the PIN that was chosen (R165). */
export function arrivalPage(context: PageContext, facts: ArrivalFacts): Html {
  const { texts: t } = context
  const { order, open, refusal, token } = facts
  const { view, expiresAt } = open
  const title = t.text(view.title)
  const error = refusal ? problemWords(context, refusal) : null
  const typed = typedField(context, view.field, { error, value: '' })
  const address = addressOf(order)
  const main = html`<div class="column stack loose">${errorsOf(context, error)}
${crumbs(context, title, ABOVE.devices)}
${headline(title, rich(t, view.lead.key, view.lead.values))}
<form class="stack loose" method="post" action="${address}/arrival/answer" novalidate>
${formField(token)}
${stepsTo(context, view, typed)}
<div class="row"><button class="button">${t.text(view.field.button)}</button>
<a href="${address}">${t.text('portal.order.back')}</a></div></form>
<p>${until(context, expiresAt, 'login.left')}</p>
${refusal ? trouble(context) : NOTHING}</div>`
  return portalPage(context, { ...facts, title, isWrong: error !== null, tab: 'security', main })
}

export interface OrderingFacts {
  readonly orders: readonly Order[]
  readonly cards: readonly HeldCard[]
  readonly returns: readonly (Token & { readonly showsBy: Instant })[]
  /** To whom it does not apply it is not offered (R119). */
  readonly mayOrder: boolean
}

/** On the page of the devices: what was ordered, what goes back, and the offer. */
export function orderSection(context: PageContext, facts: OrderingFacts): Html {
  const {
    texts: { text },
    formats,
  } = context
  // One that was given by hand stands among the cards, until there is something to say of it.
  const orders = facts.orders.filter((order) => !['withdrawn', 'by-hand'].includes(stateOf(order)))
  const isWaiting = orders.some(isOnItsWay)
  // One that was ordered goes back from its order.
  const given = facts.cards.filter(({ orderId }) => orders.every(({ id }) => id !== orderId))
  const isNone = orders.length === 0 && given.length === 0 && facts.returns.length === 0
  if (!facts.mayOrder && isNone) return NOTHING
  const offer =
    facts.mayOrder && !isWaiting
      ? html`<p>${text('portal.order.offer')}</p>
<p><a class="button plain" href="${ORDER}">${text('portal.order.title')}</a></p>`
      : NOTHING
  const cards = given.map((card) => [
    html`<span class="whole">${card.serial}</span>`,
    html`<a href="${returnAddress(card)}">
${text('portal.return.link')}${saidAloud(card.serial)}</a>`,
  ])
  const ordered = orders.map((order) => {
    const day = formats.date(order.orderedAt)
    const shown = stateOf(order)
    const tone = shown === 'active' || order.state === 'returned' ? 'ok' : 'warn'
    const name = order.byHand ? 'row-by-hand' : 'row'
    const words = text(`portal.order.${name}`, { day })
    const state = text(`portal.order.state.${shown}.tag`)
    const which = saidAloud(text('portal.order.see-order', { day }))
    return [
      html`${words} <span class="tag ${tone}">${state}</span>`,
      html`<a href="${addressOf(order)}">${text('portal.order.see')}${which}</a>`,
    ]
  })
  const rows = [...ordered, ...cards]
  const listed =
    rows.length > 0
      ? table(context, 'portal.order', {
          columns: ['order'],
          rows,
          caption: text('portal.order.section'),
        })
      : NOTHING
  return html`<section class="section stack" id="orders"><h2>${text('portal.order.section')}</h2>
${listed}${facts.returns.map((token) => goingBack(context, token))}${offer}</section>`
}

function goingBack(
  { texts: { text }, formats }: PageContext,
  { serial, returningAt, returnedAt, showsBy }: OrderingFacts['returns'][number],
): Html {
  const words =
    returnedAt !== null
      ? text('portal.order.came-back', { serial, day: formats.date(returnedAt) })
      : returningAt !== null
        ? text('portal.order.going-back', {
            serial,
            day: formats.date(returningAt),
            by: formats.date(showsBy),
          })
        : ''
  return html`<p>${words}</p>`
}
