import type { Client } from './login-server.ts'
import { fact, type Frame, type Html, html, LOCALES, page, sample, withdrawal } from './pages.ts'
import { wordsIn } from './texts.ts'
import type { Paid } from './withdrawals.ts'

export interface WithdrawForm {
  readonly client: Client
  /** Ties the form to this session. */
  readonly token: string
  readonly typed: { readonly [name: string]: unknown }
  readonly wrong: readonly string[]
}

/** How much, and to whom; the login server shows the same and asks for proof. */
export function withdrawPage(frame: Frame, { client, token, typed, wrong }: WithdrawForm): Html {
  const t = wordsIn(frame.language)
  const title = t('withdraw.title')
  const field = (name: string, attributes: string) => {
    const isWrong = wrong.includes(name)
    const value = typeof typed[name] === 'string' ? typed[name] : ''
    const error = isWrong
      ? html`<p class="error" id="${name}-error">${t(`withdraw.${name}.wrong`)}</p>`
      : ''
    const described = isWrong ? `${name}-error ${name}-hint` : `${name}-hint`
    const invalid = isWrong ? html` aria-invalid="true"` : ''
    return html`<div class="field"><label for="${name}">${t(`withdraw.${name}.label`)}</label>
<p class="hint" id="${name}-hint">${t(`withdraw.${name}.hint`)}</p>${error}
<input id="${name}" name="${name}" type="text" autocomplete="off" inputmode="${attributes}"
required value="${value}" aria-describedby="${described}"${invalid}></div>`
  }
  const main = html`<div class="beside"><div class="column stack loose">
<div class="stack"><h1>${title}</h1><p class="lead">${t('withdraw.lead')}</p></div>
<form class="stack loose" method="post" action="${frame.base}/withdraw">
<input type="hidden" name="token" value="${token}">
${field('amount', 'decimal')}
${field('payee', 'text')}
${field('account', 'text')}
<div class="row"><button class="button">${t('withdraw.button')}</button>
<a href="${frame.base}">${t('withdraw.back')}</a></div></form>
</div><aside class="stack small">
<p><strong>${t('withdraw.limit')}</strong><br>${withdrawal(frame, client)}</p>
${sample(frame)}</aside></div>`
  return page(frame, {
    title: wrong.length > 0 ? t('withdraw.error', { title }) : title,
    main,
  })
}

/** It was paid; the reference says so at the login server as well. */
export function receiptPage(frame: Frame, paid: Paid): Html {
  const t = wordsIn(frame.language)
  const amount = new Intl.NumberFormat(LOCALES[frame.language], { minimumFractionDigits: 2 })
  const title = t('withdraw.done.title')
  const sum = html`<span class="amount">USD\u00a0${amount.format(Number(paid.amount))}</span>`
  const reference = html`<span class="mono">${paid.reference}</span>`
  const main = html`<div class="beside"><div class="column stack loose">
<div class="stack"><h1>${title}</h1><p class="lead">${t('withdraw.done.lead')}</p></div>
<dl class="facts">
${fact(t('withdraw.amount.label'), sum)}
${fact(t('withdraw.payee.label'), paid.payee)}
${fact(t('withdraw.account.label'), paid.payeeAccount)}
${fact(t('withdraw.done.reference'), reference)}</dl>
<p><a class="button" href="${frame.base}">${t('withdraw.done.back')}</a></p>
</div><aside class="stack small">${sample(frame)}</aside></div>`
  return page(frame, { title, main })
}
