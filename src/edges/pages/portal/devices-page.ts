import type { OngoingCall } from '#core/desk/call.ts'
import type { Rung } from '#edges/pages/devices/rung.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Instant } from '#core/time/time.ts'
import type { Security } from '#engine/devices/overview.ts'
import type { Shares } from '#engine/inventory/share-requests.ts'
import { isResting } from '#engine/temporary-access/stand-ins.ts'
import { callNotice } from '#edges/pages/desk/call-notice.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { html, type Html, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import {
  bindButton,
  formField,
  holdLeft,
  notice,
  pressForm,
  saidAloud,
} from '#edges/pages/frame/parts.ts'
import type { Seen } from '#edges/pages/frame/portal-layout.ts'
import { ACTS } from '#edges/pages/help/questions.ts'
import { securityFrame } from '#edges/pages/frame/security-frame.ts'
import { SHARING } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { type OrderingFacts, orderSection } from '#edges/pages/orders/order-status.ts'
import { passwordDoubt } from '#edges/pages/password/password-page.ts'
import { primaryNotice } from '#edges/pages/subscribers/users-section.ts'

export interface DevicesFacts extends Seen {
  readonly security: Security
  readonly ordering: OrderingFacts
  /** All second factors, the strongest first. */
  readonly rungs: readonly Rung[]
  /** What waits for an answer between this user name and others. */
  readonly shares: Shares
  /** Who of us talks to the client now. */
  readonly call: OngoingCall | null
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
}

/** What a client holds, what can be added, and what was ordered. */
export function devicesPage(context: PageContext, facts: DevicesFacts): Html {
  const body = html`${callNotice(context, facts.call)}
${passwordDoubt(context, facts.security)}${primaryNotice(context, facts)}
${sharesWaiting(context, facts.shares)}${devices(context, facts)}
${askedFirstSection(context, facts.security, facts.token)}
${adding(context, facts)}
${orderSection(context, facts.ordering)}`
  const title = context.texts.text('portal.devices.title')
  return securityFrame(context, facts, { page: 'devices', title, done: facts.done, body })
}

/** That a request to share a card waits, with what is next (R120). */
function sharesWaiting({ texts: { text } }: PageContext, { asked, offered }: Shares): Html {
  const waiting = asked.filter(({ heard }) => heard === 'waiting')
  const line = (words: string, next: 'see' | 'look') =>
    notice(
      next === 'see' ? 'warn' : 'plain',
      html`${words} <a href="${SHARING}">${text(`portal.sharing.waits.${next}`)}</a>`,
    )
  const said = [
    ...offered.map(({ asker }) => line(text('portal.sharing.waits.offered', { asker }), 'see')),
    ...waiting.map(({ nameKey }) =>
      line(text('portal.sharing.waits.asked', { name: nameKey }), 'look'),
    ),
  ]
  return html`${said}`
}

function devices(context: PageContext, { security, rungs, token }: DevicesFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const now = site.now()
  const shown = security.authenticators.filter(({ lifecycle }) => lifecycle !== 'revoked')
  const verifying = new Set(rungs.flatMap(({ method, verifies }) => (verifies ? [method] : [])))
  const drawings = new Map(rungs.map((rung) => [rung.method, rung.icon]))
  const manage = text('portal.devices.manage')
  const rows = shown.map(
    ({ id, method, label, model, usedAt, createdAt, pendingUntil, ...held }) => [
      html`<div class="thing">${icon(drawings.get(method) ?? 'key')}
<div>${label}${standing(context, held)}${askedFirstTag(context, security, id)}<br>
<span class="quiet small">${kindOf(text(`method.${method}.name`), label, model)}</span>
${pendingUntil === null ? NOTHING : waitingUntil(context, pendingUntil, token)}</div></div>`,
      usedAt === null ? text('portal.devices.never') : formats.moment(usedAt, now),
      sinceOf(context, { createdAt, isVerified: verifying.has(method) }),
      html`<a href="/portal/security/devices/${id}">${manage}${saidAloud(label)}</a>`,
    ],
  )
  const body =
    rows.length > 0
      ? table(context, 'portal.devices', { columns: ['device', 'used', 'since'], rows })
      : html`<div class="empty"><p>${text('portal.devices.empty')}</p></div>`
  return html`<div class="stack">${body}${restrictedNotes(context, { security, rungs })}
<p><a href="${ACTS.phone}">${text('login.authenticator')}</a></p>
<p><a href="${SHARING}">${text('portal.sharing.link')}</a></p></div>`
}

/** The kind and the model, without what its name says already. */
const kindOf = (kind: string, label: string, model: string | null): string =>
  [kind, model ?? ''].filter((words) => words !== '' && !label.includes(words)).join(', ')

/** What the login page asks at once; chosen by its client where several would do. */
function askedFirstSection(
  { texts: t, site }: PageContext,
  { askedFirst: { id: asked, choices }, subscriber }: Pick<Security, 'askedFirst' | 'subscriber'>,
  token: string,
): Html {
  if (choices.length === 0 || !mayChangeSettings(subscriber, site.now())) return NOTHING
  const { text } = t
  const items = choices.map(({ id, method, label }) => {
    const mark = id === asked ? trusted(' checked') : NOTHING
    return html`<label><input type="radio" name="device" value="${id}"${mark}>
<span>${label}</span><span class="hint">${text(`method.${method}.name`)}</span></label>
`
  })
  const title = text('portal.asked-first.title')
  return html`<section class="section stack"><h2>${title}</h2>
<form class="stack loose" method="post" action="/portal/security/asked-first">${formField(token)}
<fieldset><legend>${rich(t, 'portal.asked-first.lead')}</legend><div class="choices">
${items}</div></fieldset>
<button class="button plain">${text('portal.asked-first.save')}</button></form></section>`
}

/** Says in the list of devices which one it is, where there is another. */
const askedFirstTag = (
  { texts: { text } }: PageContext,
  { askedFirst, authenticators }: Pick<Security, 'askedFirst' | 'authenticators'>,
  id: string,
): Html => {
  const active = authenticators.filter(({ lifecycle }) => lifecycle === 'active')
  return active.length > 1 && id === askedFirst.id
    ? html` <span class="tag">${text('portal.asked-first.tag')}</span>`
    : NOTHING
}

/** One more of each kind that this client may have. */
function adding(context: PageContext, { security, rungs, token }: DevicesFacts): Html {
  const { text } = context.texts
  const kinds = rungs.filter(({ canBeAdded }) => canBeAdded)
  if (kinds.length === 0) return NOTHING
  const items = kinds.flatMap(({ method, refused }) => {
    if (refused) return []
    const isHeld = security.authenticators.some(
      (held) => held.method === method && held.lifecycle !== 'revoked',
    )
    const words = text(`method.${method}.${isHeld ? 'another' : 'add'}`)
    return [html`<li>${bindButton({ method, token, look: 'link', words })}</li>`]
  })
  const list = items.length > 0 ? html`<ul class="stack" role="list">${items}</ul>` : NOTHING
  // Of two that are refused for one reason it is said once.
  const refusals = new Map(
    kinds.flatMap(({ refused }) => (refused ? [[refused.problem, refused]] : [])),
  )
  const why = [...refusals.values()].map((one) => notice('plain', notNow(context, one)))
  return html`<section class="section stack"><h2>${text('portal.devices.add')}</h2>
${list}${why}</section>`
}

/** It is bound and answers only from then on; a client who has not bound it stops it. */
function waitingUntil(context: PageContext, end: Instant, token: string): Html {
  const { texts, formats } = context
  const words = texts.text('portal.devices.waiting', { when: formats.full(end) })
  const stop = pressForm({
    action: '/portal/security/successor/stop',
    token,
    look: 'link danger',
    words: texts.text('portal.devices.stop'),
  })
  return html` <span class="tag warn">${words}</span> ${holdLeft(context, end)}${stop}`
}

/** Since when it is there; a green mark where binding it has verified an address (R084). */
function sinceOf(
  { texts: { text }, formats, site }: PageContext,
  { createdAt, isVerified }: { readonly createdAt: Instant; readonly isVerified: boolean },
): Html {
  const day = formats.day(createdAt, site.now())
  return isVerified
    ? html`<span class="confirm">${icon('check')}${text('portal.devices.verified')}</span> ${day}`
    : html`${day}`
}

/**
 * What a client should know who confirms over a channel that others can listen to: the risk, or
 * that they do not need it any more (S25, R087). It stays until they stop it themselves.
 */
function restrictedNotes(
  { texts: t }: PageContext,
  { security, rungs }: Pick<DevicesFacts, 'security' | 'rungs'>,
): Html {
  const restricted = new Set(rungs.flatMap((rung) => (rung.isRestricted ? [rung.method] : [])))
  const active = security.authenticators.filter(({ lifecycle }) => lifecycle === 'active')
  const other = active.find(({ method }) => !restricted.has(method))
  const notes = active
    .filter(({ method }) => restricted.has(method))
    .map(({ method, label }) =>
      other
        ? rich(t, `method.${method}.unneeded`, { other: other.label, label })
        : rich(t, `method.${method}.risk`),
    )
  return html`${notes.map((words) => notice('plain', words))}`
}

/** Why a device answers nothing, in one word; nothing where it answers. */
function standing(
  { texts: { text } }: PageContext,
  held: Pick<Security['authenticators'][number], 'lifecycle' | 'restsSince'>,
): Html {
  if (held.lifecycle === 'active') return NOTHING
  if (isResting(held)) return html` <span class="tag warn">${text('portal.ladder.paused')}</span>`
  const word = held.lifecycle === 'suspended' ? 'stopped' : 'locked'
  return html` <span class="tag bad">${text(`portal.ladder.${word}`)}</span>`
}
