import type { Acr } from '#core/assurance.ts'
import type { PhoneStanding } from '#engine/delivery/phone-check.ts'
import type { TextStanding } from '#engine/delivery/text-check.ts'
import type { Security } from '#engine/devices/overview.ts'
import { isLost, isResting } from '#engine/temporary-access/stand-ins.ts'
import { textSection } from '#edges/pages/phone/text-section.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { opens } from '#edges/pages/frame/opens.ts'
import {
  errorSummary,
  fact,
  field,
  formField,
  headline,
  notice,
  pressForm,
} from '#edges/pages/frame/parts.ts'
import { ABOVE, crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { checkSection } from '#edges/pages/phone/check-section.ts'

export interface DeviceFacts extends Seen {
  /** Whether setting it up has verified an address of its holder (R084). */
  readonly isVerified: boolean
  readonly device: Security['authenticators'][number]
  /** What tells it from another of its kind that was added in the same minute. */
  readonly mark: string | null
  /** The strength that it confirms with. */
  readonly acr: Acr
  /** Whether it was lost, and what else is held could confirm that it was found. */
  readonly canReturn: boolean
  /** Whether it came by post, and goes back from the page of its order (R118). */
  readonly cameByPost: boolean
  /** Whether nothing else that they hold could confirm a login. */
  readonly isLastWay: boolean
  readonly isPrinted: boolean
  /** What is known of its notifications; `null` for what receives none. */
  readonly check: PhoneStanding | null
  /** What became of the codes that it was sent; `null` for what is sent none. */
  readonly codes: TextStanding | null
  /** What its holder may change about it, as a key of `locales/`. */
  readonly changes: string | null
}

/** One device: its name, what is known of it, and the way to stop it. */
export function devicePage(
  context: PageContext,
  facts: DeviceFacts & { readonly typed?: string; readonly error?: string },
): Html {
  const { texts: t } = context
  const { device, token, typed, error } = facts
  const { id, label } = device
  const isActive = device.lifecycle === 'active'
  const address = `/portal/security/devices/${id}`
  const main = html`<div class="column stack loose">
${crumbs(context, label, ABOVE.devices)}
${errorSummary(t, error === undefined ? [] : [{ field: 'label', text: error }])}<h1>${label}</h1>
${factsOf(context, facts)}
${facts.check ? checkSection(context, facts.check, { address, token, isActive }) : NOTHING}
${facts.codes ? textSection(context, facts.codes) : NOTHING}
${isResting(device) ? returning(context, facts) : NOTHING}
${isLost(device) ? found(context, facts) : NOTHING}
<form class="stack loose" method="post" action="${address}/name" novalidate>${formField(token)}
${field({
  id: 'label',
  label: t.text('portal.device.name'),
  hint: t.text('portal.device.name-hint'),
  error,
  attributes: 'type="text" autocomplete="off" required',
  value: typed ?? label,
})}
<button class="button">${t.text('portal.device.save')}</button></form>
${changes(context, facts)}${stopping(context, facts)}
${takingAway(context, facts)}
</div>`
  const isWrong = error !== undefined
  return portalPage(context, { ...facts, title: label, isWrong, tab: 'security', main })
}

/** What is known of it. */
function factsOf(context: PageContext, facts: DeviceFacts): Html {
  const { texts: t, formats, site } = context
  const { acr, device, mark, isVerified } = facts
  const { method, model, createdAt, usedAt, expiresAt } = device
  const now = site.now()
  const since = isVerified
    ? html`<span class="confirm">${icon('check')}${formats.moment(createdAt, now)}</span>`
    : formats.moment(createdAt, now)
  const number =
    mark === null
      ? NOTHING
      : html`<div><dt>${t.text('portal.device.number')}</dt><dd class="mono">…${mark}</dd></div>`
  const used = usedAt === null ? t.text('portal.devices.never') : formats.moment(usedAt, now)
  const end =
    expiresAt === null ? NOTHING : fact(t.text('portal.device.until'), formats.full(expiresAt))
  return html`<dl class="facts tight">
${fact(t.text('portal.device.kind'), t.text(`method.${method}.name`))}
${model === null ? NOTHING : fact(t.text('portal.device.model'), model)}
${fact(t.text('portal.device.opens'), opens(context, acr, facts.session.limits))}
${fact(t.text(isVerified ? 'portal.device.verified-since' : 'portal.device.since'), since)}
${number}${fact(t.text('portal.device.used'), used)}${end}</dl>`
}

function changes({ texts: t }: PageContext, { device, changes: key }: DeviceFacts): Html {
  if (key === null) return NOTHING
  const address = `/portal/security/devices/${device.id}/change`
  return html`<p><a class="button plain" href="${address}">${t.text(key)}</a></p>
`
}

/** Its client does not need it any more. */
function takingAway(context: PageContext, facts: DeviceFacts): Html {
  const { text } = context.texts
  const { device, token, isPrinted, cameByPost } = facts
  const remove = pressForm({
    action: `/portal/security/devices/${device.id}/remove`,
    token,
    look: 'button plain',
    words: text('portal.device.take-away'),
  })
  const toOrders = html`<a href="${SECURITY_PAGES.devices}#orders">${text('portal.return.see')}</a>`
  const post = cameByPost ? html`<p>${toOrders}</p>` : NOTHING
  return html`<section class="section stack"><h2>${text('portal.device.unused')}</h2>
<p>${text('portal.device.unused-text')}</p>${lastWay(context, facts, 'remove')}
${isPrinted ? html`<p>${text('portal.return.destroy')}</p>` : NOTHING}${post}
${remove}</section>`
}

/**
 * What happens with the last one, and what the way back is: before it is done, where no script is
 * needed to read it.
 */
export const lastWay = (
  { texts: { text }, site }: PageContext,
  { isLastWay }: Pick<DeviceFacts, 'isLastWay'>,
  act: 'stop' | 'remove',
): Html =>
  isLastWay ? notice('warn', html`${text(`portal.last-way.${act}`)} ${telephone(site)}`) : NOTHING

/** What is lost is stopped at once; what is stopped already is not stopped again. */
function stopping({ texts: { text } }: PageContext, { device }: DeviceFacts): Html {
  if (device.lifecycle !== 'active') return NOTHING
  const address = `/portal/security/devices/${device.id}/stop`
  return html`<section class="section stack"><h2>${text('portal.device.lost')}</h2>
<p>${text('portal.device.lost-text')}</p>
<p><a class="button danger" href="${address}">${text('portal.device.remove')}</a></p></section>
`
}

/** It rests while another stands in for it; one press, and it is the other way round (R097). */
const returning = ({ texts: { text } }: PageContext, { device, token }: DeviceFacts): Html =>
  html`<section class="section stack"><h2>${text('portal.device.paused')}</h2>
<p>${text('portal.device.paused-text')}</p>
${pressForm({
  action: `/portal/security/devices/${device.id}/reactivate`,
  token,
  look: 'button',
  words: text('portal.device.reactivate'),
})}</section>
`

/**
 * It was lost. Its client confirms with another device that it is back in their hands.
 */
function found(context: PageContext, { device, canReturn, token }: DeviceFacts): Html {
  const { text } = context.texts
  const way = canReturn
    ? html`<p>${text('portal.device.found-text')}</p>
${pressForm({
  action: `/portal/security/devices/${device.id}/bring-back`,
  token,
  look: 'button',
  words: text('portal.device.bring-back'),
})}`
    : html`<p>${text('portal.device.found-alone')} ${telephone(context.site)}</p>`
  return html`<section class="section stack"><h2>${text('portal.device.found')}</h2>${way}</section>
`
}

/** Asks once more, because a device that was stopped has to be set up anew. */
export function stopPage(context: PageContext, facts: DeviceFacts): Html {
  const { texts: t } = context
  const { id, label, method } = facts.device
  const address = `/portal/security/devices/${id}`
  const title = t.text('portal.remove.title', { label })
  // With nothing else to confirm with, it does not come back from a page.
  const undo = facts.isLastWay ? NOTHING : html`<p>${t.text('portal.remove.undo')}</p>`
  const main = html`<div class="column stack loose">
${crumbs(context, label, ABOVE.devices)}
${headline(title, rich(t, `method.${method}.removed`))}${lastWay(context, facts, 'stop')}${undo}
<form method="post" action="${address}/stop" class="row">${formField(facts.token)}
<button class="button danger">${t.text('portal.remove.yes')}</button>
<a href="${address}">${t.text('portal.remove.no')}</a></form>
</div>`
  return portalPage(context, { ...facts, title, tab: 'security', main })
}
