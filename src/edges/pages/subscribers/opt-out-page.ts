import type { Asked } from '#core/subscribers/jurisdiction.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import type { Security } from '#engine/devices/overview.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { fact, formField, headline, notice, saidAloud } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { type NetworkFacts, networksSection } from '#edges/pages/subscribers/networks-section.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export interface OptOutFacts extends Seen, NetworkFacts {
  /** What applies to the client, and the text that asks for it. */
  readonly asked: Asked
}

/**
 * Whether trading asks for a second factor: what it costs to go without, or why that cannot be
 * (R128 to R130).
 */
export function optOutPage(context: PageContext, facts: OptOutFacts): Html {
  const { text } = context.texts
  const title = text('portal.opt-out.title')
  const open = facts.accounts.filter(({ status }) => !status.startsWith('closed'))
  const isRequired = !facts.asked.rules.optOut
  const isOut = open.some(({ optedOut }) => optedOut)
  const body = isRequired
    ? required(context, facts.asked)
    : isOut
      ? html`${optIn(context, facts.token)}
${networksSection(context, { ...facts, accounts: open })}`
      : optOut(context, facts)
  const standing = isRequired ? 'required' : isOut ? 'out' : 'in'
  const main = html`<div class="column stack loose">
${crumbs(context, title)}
${headline(title, text(`portal.opt-out.lead.${standing}`))}
${body}
</div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

/** Not here: the rule that says so, as it may be looked up. */
function required({ texts: { text, language } }: PageContext, { sources }: Asked): Html {
  const { optOut: source } = sources
  const rule = source
    ? html`<dl class="facts">
${fact(text('portal.opt-out.place'), source.place[language])}
${fact(text('portal.opt-out.rule'), source.text)}</dl>`
    : NOTHING
  return html`${rule}
<p><a class="button plain" href="/portal/security">${text('portal.opt-out.back')}</a></p>`
}

function optOut(context: PageContext, { token, canLeave, session }: OptOutFacts): Html {
  const { texts: t, formats } = context
  const [perDay, per5Days] = session.limits[1]
  const limits = {
    day: formats.money(perDay ?? 0),
    fiveDays: formats.money(per5Days ?? 0),
  }
  return html`<ul class="stack">
<li>${t.text('portal.opt-out.price.password')}</li>
<li>${rich(t, 'portal.opt-out.price.limits', limits)}</li>
<li>${t.text('portal.opt-out.price.penny')}</li>
<li>${t.text('portal.opt-out.price.portal')}</li>
</ul>
${notice('warn', t.text('portal.opt-out.risk'))}
${canLeave ? leaving(context, token) : tooWeak(context)}`
}

const tooWeak = ({ texts: { text } }: PageContext): Html =>
  html`<p>${text('portal.opt-out.too-weak')}</p>
<p><a class="button" href="/portal/security">${text('portal.opt-out.back')}</a></p>`

function leaving({ texts: { text } }: PageContext, token: string): Html {
  const words = text('portal.opt-out.do')
  return html`<p>${text('portal.opt-out.confirm')}</p>
<form method="post" action="/portal/security/trading" class="row">${formField(token)}
<a class="button" href="/portal/security">${text('portal.opt-out.keep')}</a>
<button class="button danger" name="second-factor" value="off">${words}</button></form>`
}

function optIn({ texts: { text } }: PageContext, token: string): Html {
  const words = text('portal.opt-out.undo')
  return html`<p>${text('portal.opt-out.again')} ${text('portal.opt-out.confirm')}</p>
<form method="post" action="/portal/security/trading" class="row">${formField(token)}
<button class="button" name="second-factor" value="on">${words}</button>
<a href="/portal/security">${text('portal.opt-out.back')}</a></form>`
}

/** The line in the settings that leads there. */
export function tradingSetting(
  { texts: { text } }: PageContext,
  { accounts, subscriber }: Pick<Security, 'accounts' | 'subscriber'>,
): Html {
  const isOut = accounts.some(({ optedOut }) => optedOut)
  if (accounts.every(({ status }) => status.startsWith('closed'))) return NOTHING
  const name = text('portal.settings.trading')
  const words = html`${text('portal.settings.change')}${saidAloud(name)}`
  const link = html`<a href="/portal/security/trading">${words}</a>`
  const act = decidesForAccount(subscriber) ? link : NOTHING
  return fact(name, text(`portal.settings.trading-${isOut ? 'off' : 'on'}`), act)
}
