import type { Order } from '#core/orders/order.ts'
import type { Problem } from '#core/problems.ts'
import type { BoardAct } from '#engine/desk/fulfilment/board.ts'
import type { NamedOrder } from '#engine/orders/fulfilment.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import {
  carried,
  errorSummary,
  fact,
  field,
  type FieldError,
  formField,
  headline,
  notice,
  pressForm,
} from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { countryName } from '#edges/texts/countries.ts'

/** What has just been done, by the state that it leads to: an old address says nothing untrue. */
const LEADS_TO = {
  packed: 'packed',
  sent: 'sent',
  relabelled: 'sent',
  delivered: 'delivered',
  lost: 'lost',
} as const satisfies Readonly<Record<BoardAct['act'], Order['state']>>

/** These are about the number that was typed, and are told at its field. */
const AT_SERIAL: readonly Problem[] = [
  ...(['token.not-found', 'token.given', 'token.revoked', 'token.expired'] as const),
  'order.other-device',
]

export interface OrderFacts extends SeenByMember {
  readonly seen: NamedOrder
  readonly leavesAt: Order['orderedAt']
  /** In the post, by the country that it goes to. */
  readonly days: number
  readonly typed: { readonly serial: string; readonly carrier: string; readonly tracking: string }
  /** What can be taken for it, where it waits for a card. */
  readonly free: readonly { readonly serial: string; readonly place: string }[]
  readonly done: BoardAct['act'] | null
  readonly problem: Problem | null
}

/** One order: whose it is, where it goes, and what is done with it next. */
export function orderPage(context: PageContext, facts: OrderFacts): Html {
  const { text } = context.texts
  const { seen, problem } = facts
  const { order } = seen
  const title = text(`desk.orders.state.${order.state}`)
  const error = errorOf(context, facts)
  const wrong = error ? errorSummary(context.texts, [error]) : problemNotice(context, problem)
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'orders',
    main: html`${wrong}${doneNotice(context, facts)}${headline(title, text('desk.orders.one-lead'))}
${lateNotice(context, seen)}${factList(context, facts)}${steps(context, facts)}
<p><a href="/orders">${text('desk.orders.back')}</a></p>`,
  })
}

/** What is wrong, where there is a field that it is put right in. */
function errorOf(
  { texts: { text } }: PageContext,
  { seen: { order }, problem }: Pick<OrderFacts, 'seen' | 'problem'>,
): FieldError | null {
  if (problem === null) return null
  const said = text(`problem.${problem}`)
  const isPacking = order.state === 'ordered' || order.state === 'packed'
  if (AT_SERIAL.includes(problem) && isPacking) return { field: 'serial', text: said }
  const isLabelled = order.state === 'packed' || order.state === 'sent'
  return problem === 'order.no-label' && isLabelled ? { field: 'carrier', text: said } : null
}

const errorAt = (context: PageContext, facts: OrderFacts, name: string): string | undefined => {
  const error = errorOf(context, facts)
  return error?.field === name ? error.text : undefined
}

function doneNotice({ texts: { text } }: PageContext, { seen: { order }, done }: OrderFacts): Html {
  if (done === null || LEADS_TO[done] !== order.state) return NOTHING
  const serial = 'serial' in order ? order.serial : ''
  return notice('ok', text(`desk.orders.done.${done}`, { serial }))
}

function lateNotice({ texts: { text } }: PageContext, { lateness }: NamedOrder): Html {
  if (lateness === null || lateness === 'in-time') return NOTHING
  return notice('warn', text(`desk.orders.late.${lateness}`))
}

function factList(
  { texts: { text, language }, formats }: PageContext,
  { seen, leavesAt, days }: OrderFacts,
): Html {
  const { order, userName } = seen
  const day = (name: string, at: Order['orderedAt']) =>
    fact(text(`desk.orders.fact.${name}`), formats.date(at))
  const { fault, country } = order
  const where = country === null ? text('desk.orders.unknown') : countryName(language, country)
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
  // What is printed opens beside this page, which the next step is done on.
  const printed = (file: 'label' | 'sheet', words: string) =>
    html`<p><a href="${at}/${file}" target="_blank" rel="noopener">${text(words)}</a></p>`
  const label = printed('label', 'desk.orders.print-label')
  const sheet = html`${printed('sheet', 'desk.orders.sheet')}${label}`
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

function packForm(context: PageContext, facts: OrderFacts): Html {
  const {
    seen: { order },
    typed,
    token,
  } = facts
  const { text } = context.texts
  const again = order.state === 'packed'
  const error = errorAt(context, facts, 'serial')
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text(again ? 'desk.orders.pack-again' : 'desk.orders.pack')}</h2>${formField(token)}
${carried({ act: 'packed' })}
${field({
  id: 'serial',
  label: text('desk.orders.fact.serial'),
  hint: text('desk.orders.serial-hint'),
  error,
  value: again && error === undefined ? '' : typed.serial,
  attributes: `${EXACT}maxlength="100" required`,
})}${freeOnes(context, facts)}
<p><button class="button${again ? ' plain' : ''}">${text('desk.orders.act.packed')}</button></p>
</form>`
}

/** What can be taken: the numbers stand on the cards. */
function freeOnes({ texts: { text } }: PageContext, { free, seen: { order } }: OrderFacts): Html {
  const kind = text(`method.${order.method}.name`)
  if (free.length === 0) return notice('warn', text('desk.orders.none-free', { kind }))
  const numbers = free.map(
    ({ serial }, index) =>
      html`${index === 0 ? '' : ', '}<span class="mono whole">${serial}</span>`,
  )
  return html`<p class="quiet">${text('desk.orders.free')} ${numbers}</p>`
}

/** Who carries it, and under which number. */
const labelFields = (
  context: PageContext,
  facts: OrderFacts,
  values: Omit<OrderFacts['typed'], 'serial'>,
) =>
  (['carrier', 'tracking'] as const).map((name) => {
    const { text } = context.texts
    return field({
      id: name,
      error: errorAt(context, facts, name),
      label: text(`desk.orders.label.${name}`),
      hint: text(`desk.orders.label.${name}-hint`),
      value: values[name],
      attributes: `${EXACT}maxlength="100"`,
    })
  })

/** What was written down wrong, as long as it is in the post. */
function relabelForm(context: PageContext, facts: OrderFacts): Html {
  const { text } = context.texts
  const {
    seen: { order },
    typed,
    token,
  } = facts
  const shipment = 'shipment' in order ? order.shipment : null
  const isTyped = typed.carrier !== '' || typed.tracking !== ''
  const stands = { carrier: shipment?.carrier ?? '', tracking: shipment?.tracking ?? '' }
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text('desk.orders.relabel')}</h2><p class="quiet">${text('desk.orders.relabel-hint')}</p>
${formField(token)}${carried({ act: 'relabelled' })}
${labelFields(context, facts, isTyped ? typed : stands)}
<p><button class="button plain">${text('desk.orders.act.relabelled')}</button></p></form>`
}

/** Which card lies in the envelope was typed when it was packed, and stands above the touch. */
function sendForm(context: PageContext, facts: OrderFacts): Html {
  const { text } = context.texts
  const {
    seen: { order },
    typed,
    token,
  } = facts
  const serial = 'serial' in order ? order.serial : ''
  return html`<form class="column stack section" method="post" action="/orders/${order.id}/confirm">
<h2>${text('desk.orders.send')}</h2>${formField(token)}${carried({ act: 'sent', serial })}
${labelFields(context, facts, typed)}
<p><button class="button">${text('desk.orders.act.sent')}</button></p></form>`
}
