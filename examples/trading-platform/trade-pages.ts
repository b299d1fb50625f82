import type { Client } from './login-server.ts'
import { fact, type Frame, type Html, html, LOCALES, page, sample } from './pages.ts'
import { wordsIn } from './texts.ts'
import { instrumentsFor, SIDES, type Trade } from './trades.ts'
import type { Instrument } from './market/watch-list.ts'

export interface OrderForm {
  readonly client: Client
  /** Ties the form to this session. */
  readonly token: string
  /** Of this form alone: sent twice, it is one order. */
  readonly key: string
  readonly typed: { readonly [name: string]: unknown }
  readonly wrong: readonly string[]
}

/** What to buy or sell, and how many; it is executed at once. */
export function orderPage(frame: Frame, { client, token, key, typed, wrong }: OrderForm): Html {
  const t = wordsIn(frame.language)
  const title = t('order.title')
  const error = (name: string) =>
    wrong.includes(name)
      ? html`<p class="error" id="${name}-error">${t(`order.${name}.wrong`)}</p>`
      : ''
  const described = (name: string, hint = '') => {
    const ids = [...(wrong.includes(name) ? [`${name}-error`] : []), ...(hint ? [hint] : [])]
    const invalid = wrong.includes(name) ? html` aria-invalid="true"` : ''
    return ids.length === 0 ? '' : html` aria-describedby="${ids.join(' ')}"${invalid}`
  }
  const options = instrumentsFor(client.rights.trade_penny)
    .map(frame.market.now)
    .map((one) => {
      const chosen = typed['instrument'] === one.symbol ? html` selected` : ''
      const words = `${one.name} (${one.symbol}), ${priceOf(frame, one)}`
      return html`<option value="${one.symbol}"${chosen}>${words}</option>`
    })
  const sides = SIDES.map((side) => {
    const mark = (typed['side'] ?? SIDES[0]) === side ? html` checked` : ''
    return html`<label><input type="radio" name="side" value="${side}"${mark} required>
<span>${t(`order.side.${side}`)}</span></label>`
  })
  const quantity = typeof typed['quantity'] === 'string' ? typed['quantity'] : ''
  const main = html`<div class="beside"><div class="column stack loose">
<div class="stack"><h1>${title}</h1><p class="lead">${t('order.lead')}</p></div>
<form class="stack loose" method="post" action="${frame.base}/order">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="order" value="${key}">
<div class="field"><label for="instrument">${t('order.instrument.label')}</label>
${error('instrument')}
<select id="instrument" name="instrument"${described('instrument')}>${options}</select></div>
<fieldset${described('side')}><legend>${t('order.side.label')}</legend>${error('side')}
<div class="choices">${sides}</div></fieldset>
<div class="field"><label for="quantity">${t('order.quantity.label')}</label>
<p class="hint" id="quantity-hint">${t('order.quantity.hint')}</p>${error('quantity')}
<input id="quantity" name="quantity" type="text" autocomplete="off" inputmode="numeric" required
value="${quantity}"${described('quantity', 'quantity-hint')}></div>
<div class="row"><button class="button">${t('order.button')}</button>
<a href="${frame.base}">${t('withdraw.back')}</a></div></form>
</div><aside class="stack small">${sample(frame)}</aside></div>`
  return page(frame, { title: wrong.length > 0 ? t('withdraw.error', { title }) : title, main })
}

/** It was executed; the login server tells the client of it as well. */
export function tradePage(frame: Frame, trade: Trade): Html {
  const t = wordsIn(frame.language)
  const { instrument, side, quantity, reference, account, environment } = trade
  const title = t('order.done.title')
  const number = new Intl.NumberFormat(LOCALES[frame.language])
  const lead = t(`order.done.lead-${environment}`)
  const what = t(`order.done.${side}`, {
    quantity: number.format(quantity),
    instrument: `${instrument.name} (${instrument.symbol})`,
  })
  const main = html`<div class="beside"><div class="column stack loose">
<div class="stack"><h1>${title}</h1><p class="lead">${lead}</p></div>
<dl class="facts">
${fact(t('order.done.what'), what)}
${fact(t('list.price'), priceOf(frame, instrument))}
${fact(t('in.account'), account)}
${fact(t('withdraw.done.reference'), html`<span class="mono">${reference}</span>`)}</dl>
<p><a class="button" href="${frame.base}">${t('withdraw.done.back')}</a></p>
</div><aside class="stack small">${sample(frame)}</aside></div>`
  return page(frame, { title, main })
}

const priceOf = ({ language }: Frame, { price }: Instrument): string =>
  `USD\u00a0${new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: 2 }).format(price)}`
