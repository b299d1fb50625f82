import type { Account } from '#core/subscribers/account.ts'
import { FAULTS } from '#core/orders/order.ts'
import type { Problem } from '#core/problems.ts'
import { draftMark, type OrderBeginning, type OrderSummary } from '#engine/orders/orders.ts'
import type { NamedDevice } from '#engine/inventory/named-device.ts'
import type { PromptField } from '#methods/prompt.ts'
import { POSTAL_PAGE } from '#edges/pages/contact/address-change-page.ts'
import { guideLink } from '#edges/pages/help/problems/guide-link.ts'
import { html, type Html, lines, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import {
  carried,
  errorSummary,
  fact,
  field,
  type FieldError,
  formField,
  headline,
  stages,
} from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { ORDER, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { accountAfter, wishesFor } from '#edges/pages/orders/order-way.ts'
import { moveButton, movedHint, type Moving } from '#edges/pages/orders/order-address.ts'

/**
 * The way to a security card, one task a page (R116): address, PIN, account, and all of it once
 * more.
 */

/** Which draft a form was shown with. */
const draftField = (draft: OrderBeginning['draft']): Html =>
  html`<input type="hidden" name="draft" value="${draftMark(draft)}">`
/** Which showing of the form this is: sent twice, it is one choice. */
const showingField = ({ showing }: OrderBeginning): Html =>
  html`<input type="hidden" name="showing" value="${showing}">`

interface OrderPage extends Seen {
  readonly begun: OrderBeginning
}

interface Drawn {
  readonly step: number
  readonly title: string
  readonly lead: Html | string
  readonly errors?: readonly FieldError[]
  readonly body: Html
}

function page(context: PageContext, seen: Seen, { step, title, lead, errors = [], body }: Drawn) {
  const { texts: t } = context
  const main = html`<div class="column stack loose">${errorSummary(t, errors)}
${crumbs(context, t.text('portal.order.title'), ABOVE.devices)}
${stages(t, STAGES, step - 1)}
${headline(title, lead)}
${body}</div>`
  const isWrong = errors.length > 0
  return portalPage(context, { ...seen, title, isWrong, tab: 'security', main })
}

const STAGES = ['address', 'pin', 'account', 'check'].map((name) => `portal.order.stages.${name}`)

/** Where it goes. */
export function orderAddressPage(
  context: PageContext,
  facts: OrderPage & Moving & { readonly why: string },
): Html {
  const { texts: t } = context
  const address = fact(t.text('portal.order.address.name'), lines(facts.begun.address))
  const body = html`<form class="stack loose" method="get" action="${ORDER}/pin">
<dl class="facts">${address}</dl>
${movedHint(context, facts)}
${faultChoices(context, facts)}
<div class="row"><button class="button">${t.text('portal.order.continue')}</button>
${moveButton(context, facts)}
<a href="${SECURITY_PAGES.devices}">${t.text('portal.order.stop')}</a></div></form>`
  const title = t.text('portal.order.address.title')
  return page(context, facts, { step: 1, title, lead: t.text('portal.order.address.lead'), body })
}

/** What is chosen where it is to be one more. */
export const MORE = 'more'

/** What is wrong with the one that they have; it is blocked with the order. */
function faultChoices(
  { texts: t }: PageContext,
  { begun: { replaceable, mayAdd }, why }: Pick<OrderPage, 'begun'> & { readonly why: string },
): Html {
  if (replaceable.length === 0) return NOTHING
  const one = (value: string, words: string) =>
    html`<label><input type="radio" name="why" value="${value}" required${
      value === why ? trusted(' checked') : NOTHING
    }>
<span>${words}</span></label>`
  const all = replaceable.flatMap(({ id, label }) =>
    FAULTS.map((fault) =>
      one(`${fault} ${id}`, t.text(`portal.order.why.${fault}`, { card: label })),
    ),
  )
  const more = mayAdd ? one(MORE, t.text('portal.order.why.more')) : NOTHING
  return html`<fieldset><legend>${t.text('portal.order.why.legend')}</legend>
<p class="quiet">${t.text('portal.order.why.hint')}</p>
<div class="choices">${all}${more}</div></fieldset>`
}

/** What opens it, typed twice and shown never. */
export function orderWishesPage(
  context: PageContext,
  facts: OrderPage & { readonly why: string; readonly error: FieldError | null },
): Html {
  const { texts: t } = context
  const { begun, why, error, token } = facts
  const { asks, again } = begun.ordering
  const typed = ({ name, label, hint, length }: PromptField) =>
    field({
      id: name,
      label: t.text(label),
      hint: t.text(hint),
      error: error?.field === name ? error.text : undefined,
      attributes:
        'type="password" inputmode="numeric" autocomplete="off" ' +
        `size="${length}" maxlength="64" required`,
    })
  const body = html`<form class="stack loose" method="post" action="${wishesFor(why)}" novalidate>
${formField(token)}${draftField(begun.stored)}${showingField(begun)}
${typed(asks.field)}
${typed(again)}
<div class="row"><button class="button">${t.text(asks.field.button)}</button>
<a href="${ORDER}">${t.text('portal.order.back')}</a></div></form>`
  return page(context, facts, {
    step: 2,
    title: t.text(asks.title),
    lead: rich(t, asks.lead),
    body,
    errors: error ? [error] : [],
  })
}

/** Where the deposit is kept back. */
export function orderAccountPage(
  context: PageContext,
  facts: OrderPage & { readonly isWrong: boolean },
): Html {
  const { texts: t, formats } = context
  const { begun, isWrong, token } = facts
  const { accounts, draft, depositUsd } = begun
  const words = t.text('portal.order.deposit.none')
  const wrong = isWrong ? html`<p class="error" id="account-error">${words}</p>` : NOTHING
  const chosen = draft?.account ?? (accounts.length === 1 ? accounts[0]?.number : null)
  const choice = ({ number }: Account, index: number) => {
    const id = index === 0 ? trusted(' id="account"') : NOTHING
    const checked = number === chosen ? trusted(' checked') : NOTHING
    return html`<label><input type="radio" name="account" value="${number}"${id}${checked}>
<span>${number}</span></label>`
  }
  const body = html`<form class="stack loose" method="post" action="${ORDER}/account" novalidate>
${formField(token)}${draftField(draft)}${showingField(begun)}
<fieldset><legend>${t.text('portal.order.deposit.legend')}</legend>${wrong}
<div class="choices">${accounts.map(choice)}</div></fieldset>
<div class="row"><button class="button">${t.text('portal.order.continue')}</button>
<a href="${ORDER}/pin">${t.text('portal.order.back')}</a></div></form>`
  const lead = t.text('portal.order.deposit.lead', { amount: formats.money(depositUsd) })
  const errors = isWrong ? [{ field: 'account', text: words }] : []
  const title = t.text('portal.order.deposit.title')
  return page(context, facts, { step: 3, title, lead, errors, body })
}

type Row = readonly [string, Html | string]

/** What is printed on it stays, whatever name a session has given it. */
function oldCard(t: PageContext['texts'], { label, method, serial }: NamedDevice): Html {
  const kind = t.text(`method.${method}.name`)
  const number = serial === null ? NOTHING : html` <span class="mono whole">${serial}</span>`
  return label === serial ? html`${kind}${number}` : html`${kind}${number}, ${label}`
}

/** All of it, and the day on which it comes. */
export function orderSummaryPage(
  context: PageContext,
  facts: Seen & { readonly summary: OrderSummary; readonly digest: string },
): Html {
  const { texts: t, formats } = context
  const { summary, token, digest } = facts
  const { address, account, depositUsd, leavesAt, arrivesAt, draft } = summary
  const amount = formats.money(depositUsd)
  const about = (at: typeof leavesAt) =>
    t.text('portal.order.summary.on', { day: formats.date(at) })
  const { instead: old } = summary
  const instead: readonly Row[] = old
    ? [
        [t.text('portal.order.why.legend'), t.text(`portal.order.why.instead.${old.fault}`)],
        [t.text('portal.order.summary.old'), oldCard(t, old)],
      ]
    : []
  const rows: readonly Row[] = [
    [t.text('portal.order.address.name'), lines(address)],
    ...instead,
    [t.text('portal.order.summary.pin'), t.text('portal.order.summary.chosen')],
    [
      t.text('portal.order.summary.deposit'),
      t.text('portal.order.summary.in', { amount, account: account.number }),
    ],
    [t.text('portal.order.summary.leaves'), about(leavesAt)],
    [t.text('portal.order.summary.arrives'), about(arrivesAt)],
  ]
  const before = accountAfter(draftMark(draft))
  const body = html`<dl class="facts">${rows.map(([name, value]) => fact(name, value))}</dl>
<form class="row" method="post" action="${ORDER}">${formField(token)}${draftField(draft)}
${carried({ order: digest })}
<button class="button">${t.text('portal.order.summary.button')}</button>
<a href="${before}">${t.text('portal.order.back')}</a></form>`
  const title = t.text('portal.order.summary.title')
  return page(context, facts, {
    step: 4,
    title,
    lead: t.text('portal.order.summary.lead'),
    body,
  })
}

/** Why nothing can be ordered, told plainly, and what is left to do (R119). */
export function noOrderPage(
  context: PageContext,
  facts: Seen & { readonly problem: Problem; readonly leastUsd: number },
): Html {
  const { texts: t, formats, site } = context
  const { problem, leastUsd } = facts
  const name = WHY[problem] ?? 'weak'
  const lead = t.text(`portal.order.refused.${name}.lead`, { amount: formats.money(leastUsd) })
  const title = t.text(`problem.${problem}`)
  const call = name === 'not-entitled' ? NOTHING : html` ${telephone(site)}`
  const again =
    name === 'changed'
      ? html`<a class="button" href="${ORDER}">${t.text('portal.order.refused.changed.button')}</a>`
      : NOTHING
  const add =
    name === 'no-address'
      ? html`<a class="button" href="${POSTAL_PAGE}">${t.text('portal.order.address.add')}</a>`
      : NOTHING
  const look = again === NOTHING && add === NOTHING ? trusted(' class="button"') : NOTHING
  const back = t.text('portal.order.refused.back')
  const place = crumbs(context, t.text('portal.order.title'), ABOVE.devices)
  const main = html`<div class="column stack loose">${place}
${headline(title, html`${lead}${call}`)}
<div class="row">${again}${add}<a${look} href="${SECURITY_PAGES.devices}">${back}</a>
${guideLink(context, problem)}</div></div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

const WHY: Readonly<Partial<Record<Problem, string>>> = {
  'order.not-entitled': 'not-entitled',
  'order.no-address': 'no-address',
  'order.changed': 'changed',
}
