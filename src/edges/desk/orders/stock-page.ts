import { maskedName } from '#core/desk/masking.ts'
import { MAIN_PLACE, TOKEN_STANDINGS } from '#core/inventory/stock.ts'
import { LOSSES } from '#core/orders/fees.ts'
import type { Problem } from '#core/problems.ts'
import type { SeenToken, Stock } from '#engine/inventory/stock.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'
import { problemNotice } from '#edges/desk/frame/touch-form.ts'
import { lowNotice } from '#edges/desk/orders/board-page.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { carried, fact, field, formField, headline, pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

const EXACT = 'type="text" autocomplete="off" autocapitalize="off" spellcheck="false" '

export interface StockFacts extends SeenByMember {
  readonly stock: Stock
  readonly typed: string
  readonly problem: Problem | null
}

/** How many of each kind lie where, and where one device is. */
export function stockPage(context: PageContext, facts: StockFacts): Html {
  const { text } = context.texts
  const { stock, typed, problem, token } = facts
  const title = text('desk.stock.title')
  const rows = stock.rows.map(({ method, place, counts }) => [
    text(`method.${method}.name`),
    placeName(context, place),
    ...TOKEN_STANDINGS.map((one) => String(counts[one])),
  ])
  const columns = ['kind', 'place', ...TOKEN_STANDINGS]
  const list =
    rows.length === 0
      ? html`<p class="quiet">${text('desk.stock.none')}</p>`
      : table(context, 'desk.stock', { columns, rows })
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'orders',
    main: html`${headline(title, text('desk.stock.lead'))}${lowNotice(context, stock)}${list}
<form class="column stack section" method="post" action="/stock">${formField(token)}
${field({
  id: 'serial',
  label: text('desk.orders.fact.serial'),
  hint: text('desk.stock.serial-hint'),
  value: typed,
  error: problem === null ? undefined : text(`problem.${problem}`),
  attributes: `${EXACT}maxlength="100" required`,
})}
<p><button class="button">${text('desk.stock.look')}</button></p></form>
<p><a href="/orders">${text('desk.orders.back')}</a></p>`,
  })
}

/** The one that every device comes to first has a name of ours. */
const placeName = ({ texts: { text } }: PageContext, place: string): string =>
  place === MAIN_PLACE ? text('desk.stock.main') : place

export interface TokenFacts extends SeenByMember {
  readonly seen: SeenToken
  readonly problem: Problem | null
}

/** One device: where it is, who holds it and since when. */
export function tokenPage(context: PageContext, facts: TokenFacts): Html {
  const { texts, formats } = context
  const { text } = texts
  const { seen, problem } = facts
  const { token, place, holders, since, destroyedAt } = seen
  const { writtenOff } = token
  const title = text('desk.stock.one', { serial: token.serial })
  const day = (name: string, at: typeof since) =>
    at === null ? NOTHING : fact(text(`desk.stock.fact.${name}`), formats.date(at))
  const why = writtenOff
    ? fact(text('desk.stock.fact.why'), text(`desk.returns.why.${writtenOff.why}`))
    : NOTHING
  // No look at a client is written down here: a device that is in the hand is to be recognised.
  const masked = holders.map(maskedName).join(', ')
  const names = holders.length === 0 ? text('desk.stock.no-holder') : masked
  return memberPage(context, facts, {
    title,
    isWrong: problem !== null,
    place: 'orders',
    main: html`${problemNotice(context, problem)}<h1>${title}</h1><dl class="facts">
${fact(text('desk.stock.columns.kind'), text(`method.${token.method}.name`))}
${fact(text('desk.stock.columns.place'), placeName(context, place))}
${fact(text('desk.stock.fact.holder'), html`<span class="mono">${names}</span>`)}
${day('since', since)}${day('returning', token.returningAt)}${day('returned', token.returnedAt)}
${day('written-off', writtenOff && writtenOff.at)}
${why}
${day('destroyed', destroyedAt)}</dl>${steps(context, facts)}
<p><a href="/stock">${text('desk.stock.back')}</a></p>`,
  })
}

function steps(context: PageContext, facts: TokenFacts): Html {
  const { text } = context.texts
  const { seen, token: form } = facts
  const { token, destroyedAt, place } = seen
  if (destroyedAt !== null) return NOTHING
  const at = `/stock/${encodeURIComponent(token.serial)}`
  const press = (act: 'returned' | 'destroyed') =>
    pressForm({
      action: `${at}/confirm`,
      token: form,
      look: 'button plain',
      words: text(`desk.stock.act.${act}`),
      carries: { act },
    })
  const isOut = token.returnedAt === null && (token.authenticatorId ?? token.orderId) !== null
  if (isOut)
    return html`<p class="quiet">${text('desk.stock.returned-hint')}</p>${press('returned')}
${token.authenticatorId === null ? NOTHING : writeOffForm(context, facts)}`
  return html`<form class="column stack section" method="post" action="${at}/confirm">
${formField(form)}${carried({ act: 'moved' })}${field({
  id: 'place',
  label: text('desk.stock.columns.place'),
  hint: text('desk.stock.place-hint'),
  value: place,
  attributes: `${EXACT}maxlength="40" required`,
})}<p><button class="button plain">${text('desk.stock.act.moved')}</button></p></form>
<p class="quiet">${text('desk.stock.destroyed-hint')}</p>${press('destroyed')}`
}

/** It is out, and is not expected back: the reason decides what becomes of its deposit. */
function writeOffForm({ texts: { text } }: PageContext, { seen, token: form }: TokenFacts): Html {
  const { serial, writtenOff } = seen.token
  const options = LOSSES.map(
    (why) =>
      html`<option value="${why}"${writtenOff?.why === why ? html` selected` : NOTHING}>${text(
        `desk.returns.why.${why}`,
      )}</option>`,
  )
  return html`<form class="column stack section" method="post"
action="/stock/${encodeURIComponent(serial)}/confirm"><h2>${text('desk.stock.written-off.title')}</h2>
<p class="quiet">${text('desk.stock.written-off.hint')}</p>
${formField(form)}${carried({ act: 'written-off' })}
<div class="field"><label for="why">${text('desk.stock.written-off.why')}</label>
<select id="why" name="why">${options}</select></div>
<p><button class="button plain">${text('desk.stock.act.written-off')}</button></p></form>`
}
