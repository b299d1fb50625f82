import type { AuthenticatorId } from '#core/ids.ts'
import type { Returnable } from '#engine/orders/fulfilment.ts'
import { lastWay } from '#edges/pages/devices/device-pages.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { formField, headline, numbered } from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** How a card is sent back, and when it shows that it has come. */
export function returnPage(
  context: PageContext,
  facts: Seen & Returnable & { readonly id: AuthenticatorId; readonly isLastWay: boolean },
): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { id, label, serial, showsFrom, showsBy, token } = facts
  const title = text('portal.return.title')
  const device = `/portal/security/devices/${id}`
  const brand = site.settings.name
  const days = { from: formats.date(showsFrom), by: formats.date(showsBy) }
  const { deposit } = facts
  const money = deposit
    ? html`<p>${text('portal.return.deposit', {
        amount: formats.money(deposit.usd),
        day: formats.date(deposit.dueAt),
      })}</p>
`
    : NOTHING
  const main = html`<div class="column stack loose">${crumbs(context, label, ABOVE.devices)}
${headline(title, text('portal.return.lead'))}${lastWay(context, facts, 'remove')}
${numbered([
  text('portal.return.put'),
  rich(context.texts, 'portal.return.write', { serial }),
  text('portal.return.post', { brand }),
])}
<p>${text('portal.return.shows', days)}</p>
${money}<form class="row" method="post" action="${device}/return">${formField(token)}
<button class="button">${text('portal.return.button')}</button>
<a href="${device}">${text('portal.change.back')}</a></form></div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

/** What is weaker does not take it away (A12): a client who has it proves it first. */
export function returnWithItPage(
  context: PageContext,
  facts: Seen & { readonly id: AuthenticatorId },
): Html {
  const { text } = context.texts
  const title = text('portal.return.title')
  const lead = html`${text('portal.return.with-it')} ${telephone(context.site)}`
  const device = `/portal/security/devices/${facts.id}`
  const main = html`<div class="column stack loose">${crumbs(context, title, ABOVE.devices)}
${headline(title, lead)}
<div class="row"><a class="button" href="${device}">${text('portal.change.back')}</a></div></div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}
