import { ALERTS, isChosen } from '#core/notices/alerts.ts'
import { HOW_OFTEN, type HowOften } from '#core/notices/trade-choice.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { fact, formField, headline, saidAloud } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

export const ALERTS_PAGE = '/portal/security/alerts'

export interface AlertsFacts extends Seen {
  readonly every: HowOften
}

const key = (name: string): string => `portal.alerts.${name}`

/** What the phones of a client are told beside requests, and how often (R018). */
export function alertsPage(context: PageContext, { every, ...facts }: AlertsFacts): Html {
  const { text } = context.texts
  const title = text(key('title'))
  const always = ALERTS.filter((alert) => !isChosen(alert)).map(
    (alert) => html`<li>${text(`phone.notification.alert.about.${alert}`)}</li>
`,
  )
  const often = HOW_OFTEN.map((one) => {
    const mark = one === every ? trusted(' checked') : NOTHING
    return html`<label><input type="radio" name="every" value="${one}"${mark} required>
<span>${text(key(`every.${one}`))}</span></label>
`
  })
  const main = html`<div class="column stack loose">
${crumbs(context, title)}
${headline(title, text(key('lead')))}
<section class="stack"><h2>${text(key('always'))}</h2>
<ul>
${always}</ul><p class="quiet">${text(key('always-why'))}</p></section>
<form class="stack loose" method="post" action="${ALERTS_PAGE}">${formField(facts.token)}
<fieldset><legend>${text(key('legend'))}</legend>
<p class="hint">${text(key('hint'))}</p><div class="choices">
${often}</div></fieldset>
<div class="row"><button class="button">${text(key('save'))}</button>
<a href="/portal/security">${text(key('back'))}</a></div></form>
</div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}

/** The line in the settings that leads there, for a client who holds a phone. */
export function alertsSetting(
  { texts: { text } }: PageContext,
  { every }: { readonly every: HowOften },
): Html {
  const name = text(key('title'))
  const words = html`${text('portal.settings.change')}${saidAloud(name)}`
  return fact(name, text(key(`setting.${every}`)), html`<a href="${ALERTS_PAGE}">${words}</a>`)
}
