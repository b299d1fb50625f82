import type { Rung } from '#edges/pages/devices/rung.ts'
import { answers } from '#core/devices/authenticator.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import type { Security } from '#engine/devices/overview.ts'
import { isResting } from '#engine/temporary-access/stand-ins.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { contactSection } from '#edges/pages/contact/contact-section.ts'
import { html, type Html, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { tradingSetting } from '#edges/pages/subscribers/opt-out-page.ts'
import { opensNow } from '#edges/pages/frame/opens.ts'
import {
  bindButton,
  fact,
  formField,
  holdLeft,
  languageSwitch,
  notice,
  pressForm,
  saidAloud,
} from '#edges/pages/frame/parts.ts'
import { passwordDoubt } from '#edges/pages/password/password-page.ts'
import { type OrderingFacts, orderSection } from '#edges/pages/orders/order-status.ts'
import {
  type LossPreviewFacts,
  lossPreviewSection,
} from '#edges/pages/devices/loss-preview-section.ts'
import { portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'
import { primaryNotice, usersSection } from '#edges/pages/subscribers/users-section.ts'

export interface SecurityFacts extends Seen, LossPreviewFacts {
  readonly security: Security
  readonly ordering: OrderingFacts
  /** All second factors, the strongest first. */
  readonly rungs: readonly Rung[]
  readonly platformName: (id: string) => string
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
}

/** How a client logs in: a summary in words, then all of it in lists. */
export function securityPage(context: PageContext, facts: SecurityFacts): Html {
  const { text } = context.texts
  const done = facts.done ? doneJustNow(context, facts.done) : NOTHING
  const main = html`<div class="beside"><div class="stack loose">
<div class="stack"><h1>${text('portal.tabs.security')}</h1>${done}
<p class="lead">${inWords(context, facts)}</p>
${passwordDoubt(context, facts.security)}${primaryNotice(context, facts)}</div>
${lossPreviewSection(context, facts)}
${ladder(context, facts)}
${devices(context, facts)}
${orderSection(context, facts.ordering)}
${settings(context, facts)}
${contactSection(context, facts)}
${usersSection(context, facts)}
${sessions(context, facts)}
${browsers(context, facts)}
</div><aside class="stack small">${advice(context, facts)}</aside></div>`
  return portalPage(context, {
    ...facts,
    title: text('portal.tabs.security'),
    tab: 'security',
    main,
  })
}

const doneJustNow = ({ texts: { text } }: PageContext, done: string): Html =>
  html`<p class="confirm" role="status">${icon('check')}${text(`portal.done.${done}`)}</p>`

type Held = Security['authenticators'][number]

const isActive = ({ lifecycle }: Held) => lifecycle === 'active'

/** The paragraph that can be read aloud. */
function inWords({ texts: t, site }: PageContext, { security, rungs }: SecurityFacts): Html {
  const now = site.now()
  const works = (held: Held) => answers(held, now) && held.pendingUntil === null
  const ways = rungs.flatMap(({ method }) =>
    security.authenticators.filter((held) => held.method === method && works(held)),
  )
  const [first] = ways
  if (!first) return rich(t, 'portal.words.password-only')
  return rich(t, `method.${first.method}.today`, { label: first.label })
}

function ladder(context: PageContext, { security, rungs, token, rightsBy }: SecurityFacts): Html {
  const {
    texts: { text },
    site,
  } = context
  const items = rungs.map(({ method, acr, canBeAdded, refused }) => {
    const held = security.authenticators.filter((one) => one.method === method)
    const state = stateOf(held, site.now())
    // Given by our desk alone, which is the last rung anyway.
    if (state === 'none' && !canBeAdded) return NOTHING
    const name = text(`method.${method}.name`)
    const words = html`${text('portal.ladder.set-up')}${saidAloud(name)}`
    const isNone = state === 'none' || state === 'expired'
    const add =
      canBeAdded && !refused ? bindButton({ method, token, look: 'link', words }) : NOTHING
    const why =
      isNone && refused
        ? html`<br><span class="quiet small">${notNow(context, refused)}</span>`
        : NOTHING
    const end = isNone
      ? add
      : html`<span class="tag ${TONES[state]}">${text(`portal.ladder.${state}`)}</span>`
    const none = state === 'none' ? trusted(' class="none"') : NOTHING
    return html`<li${none}><strong>${name}</strong>
<span>${opensNow(context, rightsBy(acr))}${why}</span><span>${end}</span></li>
`
  })
  return html`<section class="section stack"><h2>${text('portal.ladder.title')}</h2>
<ol class="ladder" role="list">
${items}<li><strong>${text('portal.ladder.desk')}</strong>
<span>${text('portal.ladder.desk-line')}</span><span>${telephone(site)}</span></li>
</ol></section>`
}

type RungState = 'ready' | 'waiting' | 'paused' | 'stopped' | 'locked' | 'expired' | 'none'

/** The best that can be said of those that a client holds of one kind. */
function stateOf(held: readonly Held[], now: Instant): RungState {
  const best = STATES.find(({ fits }) => held.some((one) => fits(one, now)))
  return best?.state ?? 'none'
}

const STATES: readonly {
  readonly state: RungState
  readonly fits: (held: Held, now: Instant) => boolean
}[] = [
  { state: 'ready', fits: (held, now) => answers(held, now) && held.pendingUntil === null },
  { state: 'waiting', fits: answers },
  { state: 'paused', fits: isResting },
  { state: 'stopped', fits: ({ lifecycle }) => lifecycle === 'suspended' },
  { state: 'locked', fits: ({ lifecycle }) => lifecycle === 'disabled' },
  { state: 'expired', fits: isActive },
]

const TONES = {
  ready: 'ok',
  waiting: 'warn',
  paused: 'warn',
  stopped: 'bad',
  locked: 'bad',
  expired: 'bad',
  none: '',
} as const satisfies Readonly<Record<RungState, string>>

function devices(context: PageContext, { security, rungs, token, rightsBy }: SecurityFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const now = site.now()
  const shown = security.authenticators.filter(({ lifecycle }) => lifecycle !== 'revoked')
  // A first one is set up from the ladder above.
  const more = rungs.filter(
    ({ canBeAdded, method }) => canBeAdded && shown.some((held) => held.method === method),
  )
  const add = more.flatMap(({ method, refused }) =>
    refused
      ? []
      : [bindButton({ method, token, look: 'link', words: text(`method.${method}.another`) })],
  )
  // Of two that are refused for one reason it is said once.
  const refusals = new Map(
    more.flatMap(({ refused }) => (refused ? [[refused.problem, refused]] : [])),
  )
  const why = [...refusals.values()].map((one) => notice('plain', notNow(context, one)))
  const opened = new Map(rungs.map((rung) => [rung.method, opensNow(context, rightsBy(rung.acr))]))
  const verifying = new Set(rungs.flatMap(({ method, verifies }) => (verifies ? [method] : [])))
  const manage = text('portal.devices.manage')
  const rows = shown.map(({ id, method, label, usedAt, createdAt, pendingUntil, ...held }) => [
    html`${label}${standing(context, held)}<br>
<span class="quiet small">${text(`method.${method}.name`)}. ${opened.get(method) ?? ''}</span>
${pendingUntil === null ? NOTHING : waitingUntil(context, pendingUntil, token)}`,
    usedAt === null ? text('portal.devices.never') : formats.moment(usedAt, now),
    sinceOf(context, { createdAt, isVerified: verifying.has(method) }),
    html`<a href="/portal/security/devices/${id}">${manage}${saidAloud(label)}</a>`,
  ])
  const body =
    rows.length > 0
      ? table(context, 'portal.devices', { columns: ['device', 'used', 'since'], rows })
      : html`<div class="empty"><p>${text('portal.devices.empty')}</p></div>`
  const title = html`<h2>${text('portal.devices.title')}</h2>`
  return html`<section class="section stack"><div class="split">${title}${add}</div>
${body}${why}${restrictedNotes(context, { security, rungs })}</section>`
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
  { security, rungs }: Pick<SecurityFacts, 'security' | 'rungs'>,
): Html {
  const restricted = new Set(rungs.flatMap((rung) => (rung.isRestricted ? [rung.method] : [])))
  const active = security.authenticators.filter(isActive)
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

/**
 * Whether the login page asks the phone first (R038), and whether trading asks for it at all
 * (R130).
 */
function settings(context: PageContext, { security, rungs, token }: SecurityFacts): Html {
  const { text } = context.texts
  const { subscriber } = security
  const [state, other] = subscriber.seamless ? ['on', 'off'] : ['off', 'on']
  const about = saidAloud(text('portal.settings.notifications'))
  const form = pressForm({
    action: '/portal/security/seamless',
    token,
    look: 'link',
    words: html`${text(`portal.settings.turn-${other}`)}${about}`,
    sends: { name: 'seamless', value: other },
  })
  const change = mayChangeSettings(subscriber, context.site.now()) ? form : NOTHING
  // Nothing is asked of a client who holds nothing that could be asked.
  const askable = new Set(rungs.flatMap(({ method, isAsked }) => (isAsked ? [method] : [])))
  const isThere = security.authenticators.some(
    ({ method, lifecycle }) => askable.has(method) && lifecycle !== 'revoked',
  )
  const notifications = text('portal.settings.notifications')
  const asked = isThere ? fact(notifications, text(`portal.settings.${state}`), change) : NOTHING
  const password = text('portal.settings.change-password')
  return html`<section class="section stack"><h2>${text('portal.settings.title')}</h2>
<dl class="facts"><div><dt>${text('portal.settings.password')}</dt><dd></dd>
<dd><a href="/portal/security/password">${password}</a></dd></div>
${asked}
${languageSetting(context, token)}${tradingSetting(context, security)}</dl></section>`
}

/** What we speak to them, here and everywhere else. */
function languageSetting(context: PageContext, token: string): Html {
  const { text } = context.texts
  const shown = text('portal.settings.language')
  return html`${fact(text('common.language'), shown, languageSwitch(context, token))}
`
}

function sessions(
  context: PageContext,
  { security, session, token, ...facts }: SecurityFacts,
): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const rows = security.sessions.map((one) => {
    const isThis = one.id === session.id
    const name = whereOf(one, facts.platformName)
    const words = html`${text('portal.log-out')}${saidAloud(name)}`
    const action = `/portal/security/sessions/${one.id}/end`
    return [
      html`${name}${isThis ? thisOne(context) : NOTHING}`,
      one.origin.place,
      isThis ? text('portal.sessions.now') : formats.moment(one.seenAt, site.now()),
      isThis ? NOTHING : pressForm({ action, token, look: 'link', words }),
    ]
  })
  const endOthers = pressForm({
    action: '/portal/security/sessions/end-others',
    token,
    look: 'link',
    words: text('portal.sessions.end-others'),
  })
  const others = security.sessions.length > 1 ? endOthers : NOTHING
  const title = html`<h2>${text('portal.sessions.title')}</h2>`
  const endAll = text('portal.sessions.end-all')
  return html`<section class="section stack"><div class="split">${title}${others}</div>
${table(context, 'portal.sessions', { columns: ['where', 'place', 'seen'], rows })}
<form class="stack" method="post" action="/portal/security/sessions/end-all">${formField(token)}
<p class="quiet" id="end-all-what">${text('portal.sessions.end-all-what')}</p>
<p><button class="button plain" aria-describedby="end-all-what">${endAll}</button></p>
</form></section>`
}

/** Beside the session and the browser with which the page is read. */
const thisOne = ({ texts: { text } }: PageContext): Html =>
  html` <span class="tag">${text('portal.sessions.this')}</span>`

const whereOf = ({ platform, origin }: Session, platformName: (id: string) => string): string =>
  platform === 'portal' ? origin.browser : `${platformName(platform)}, ${origin.browser}`

function browsers(context: PageContext, { security, session, token }: SecurityFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const now = site.now()
  const rows = security.browsers.map(({ id, label, seenAt, createdAt, blockedAt }) => {
    const isThis = id === session.origin.browserId
    const words = html`${text('portal.browsers.forget-one')}${saidAloud(label)}`
    const action = `/portal/security/browsers/${id}/forget`
    const blocked = html` <span class="tag bad">${text('portal.browsers.blocked')}</span>`
    return [
      html`${label}${isThis ? thisOne(context) : NOTHING}${blockedAt === null ? NOTHING : blocked}`,
      formats.moment(seenAt, now),
      formats.day(createdAt, now),
      blockedAt === null ? pressForm({ action, token, look: 'link', words }) : NOTHING,
    ]
  })
  if (rows.length === 0) return NOTHING
  const forget = pressForm({
    action: '/portal/security/browsers/forget',
    token,
    look: 'link',
    words: text('portal.browsers.forget'),
  })
  const title = html`<h2>${text('portal.browsers.title')}</h2>`
  return html`<section class="section stack"><div class="split">${title}${forget}</div>
<p class="quiet">${text('portal.browsers.text')}</p>
${table(context, 'portal.browsers', { columns: ['browser', 'seen', 'since'], rows })}</section>`
}

function advice(context: PageContext, { security }: SecurityFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const { lastLogin: last } = security
  const lastLogin = last
    ? html`<p><strong>${text('portal.last-login')}</strong><br>${text('portal.login-line', {
        when: formats.moment(last.at, site.now()),
        browser: last.origin.browser,
        place: last.origin.place,
      })}</p><p><a href="/portal/activity">${text('portal.activity.all')}</a></p>`
    : NOTHING
  return html`${lastLogin}<p class="quiet">${text('common.safe.never')}</p>`
}
