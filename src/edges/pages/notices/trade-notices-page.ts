import { HOW_OFTEN, type HowOften } from '#core/notices/trade-choice.ts'
import type { TradeNotices } from '#engine/notices/trade-choice.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { fact, formField, headline, notice, saidAloud } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export const TRADE_NOTICES = '/portal/security/trade-notices'

export interface TradeNoticesFacts extends Seen {
  readonly notices: TradeNotices
}

const key = (name: string): string => `portal.trade-notices.${name}`

/** By which way a client hears of trades, and how often at most (R131). */
export function tradeNoticesPage(context: PageContext, facts: TradeNoticesFacts): Html {
  const { text, language } = context.texts
  const { notices } = facts
  const title = text(key('title'))
  const { source } = notices
  const rule = source
    ? html`<dl class="facts">
${fact(text(key('place')), source.place[language])}
${fact(text(key('rule')), source.text)}</dl>`
    : NOTHING
  const body = notices.channels.length === 0 ? noAddress(context, facts) : choices(context, facts)
  const main = html`<div class="column stack loose">
${crumbs(context, title)}
${headline(title, text(key(source ? 'lead.asked' : 'lead.free')))}
${body}
<p class="quiet">${text(key('always'))}</p>
${rule}
</div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

function choices({ texts: { text } }: PageContext, { token, notices }: TradeNoticesFacts): Html {
  const often = HOW_OFTEN.map((every) =>
    choice(every, text(key(`every.${every}`)), {
      name: 'every',
      isChosen: every === notices.every,
    }),
  )
  const ways = notices.channels.map((channel) =>
    choice(channel, text(key(`channel.${channel}`)), {
      name: 'channel',
      isChosen: channel === notices.channel,
    }),
  )
  // Only where the place wants another way than the one that was used.
  const hint = notices.source ? html`<p class="hint">${text(key('channel.hint'))}</p>` : NOTHING
  return html`<form class="stack loose" method="post" action="${TRADE_NOTICES}">${formField(token)}
<fieldset><legend>${text(key('every.legend'))}</legend><div class="choices">
${often}</div></fieldset>
<fieldset><legend>${text(key('channel.legend'))}</legend>
${hint}<div class="choices">
${ways}</div></fieldset>
<div class="row"><button class="button">${text(key('save'))}</button>
<a href="/portal/security">${text(key('back'))}</a></div></form>`
}

function choice(
  value: string,
  words: string,
  { name, isChosen }: { readonly name: string; readonly isChosen: boolean },
): Html {
  const mark = isChosen ? trusted(' checked') : NOTHING
  return html`<label><input type="radio" name="${name}" value="${value}"${mark} required>
<span>${words}</span></label>
`
}

/** Where nothing can be sent, nothing is chosen but silence. */
function noAddress({ texts: { text } }: PageContext, { token, notices }: TradeNoticesFacts): Html {
  const off =
    notices.every === 'never'
      ? NOTHING
      : html`<form method="post" action="${TRADE_NOTICES}">${formField(token)}
<button class="button plain" name="every" value="never">${text(key('off'))}</button></form>`
  return html`${notice('warn', text(key('no-address')))}
<p><a class="button" href="/portal/security/contact">${text(key('contact'))}</a></p>${off}`
}

/** The line in the settings that leads there. */
export function tradeNoticesSetting(
  { texts: { text } }: PageContext,
  { every }: { readonly every: HowOften },
): Html {
  const name = text('portal.settings.trade-notices')
  const words = html`${text('portal.settings.change')}${saidAloud(name)}`
  const link = html`<a href="${TRADE_NOTICES}">${words}</a>`
  return fact(name, text(key(`every.${every}`)), link)
}
