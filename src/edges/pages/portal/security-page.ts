import type { Rung } from '#edges/pages/devices/rung.ts'
import { answers } from '#core/devices/authenticator.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import type { Security } from '#engine/devices/overview.ts'
import { isResting } from '#engine/temporary-access/stand-ins.ts'
import { contactSection } from '#edges/pages/contact/contact-section.ts'
import { html, type Html, NOTHING, rich, trusted } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { tradingSetting } from '#edges/pages/subscribers/opt-out-page.ts'
import { opensNow } from '#edges/pages/frame/opens.ts'
import { formField, holdLeft, languageSwitch, notice } from '#edges/pages/frame/parts.ts'
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

/** How a client signs in: what they would tell somebody, then all of it in lists. */
export function securityPage(context: PageContext, facts: SecurityFacts): Html {
  const { text } = context.texts
  const done = facts.done
    ? html`<p class="confirm" role="status">${icon('check')}${text(`portal.done.${facts.done}`)}</p>`
    : NOTHING
  const main = html`<div class="beside"><div class="stack loose">
<div class="stack"><h1>${text('portal.tabs.security')}</h1>${done}
<p class="lead">${inWords(context, facts)}</p>${passwordDoubt(context, facts.security)}${primaryNotice(context, facts)}</div>
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
  const items = rungs.map(({ method, acr, canBeAdded }) => {
    const held = security.authenticators.filter((one) => one.method === method)
    const state = stateOf(held, site.now())
    // Given by our desk alone, which is the last rung anyway.
    if (state === 'none' && !canBeAdded) return NOTHING
    const words = html`${text('portal.ladder.set-up')}<span class="hidden"> ${text(`method.${method}.name`)}</span>`
    const add = canBeAdded ? addButton({ method, token, words }) : NOTHING
    const end =
      state === 'none' || state === 'expired'
        ? add
        : html`<span class="tag ${TONES[state]}">${text(`portal.ladder.${state}`)}</span>`
    return html`<li${state === 'none' ? trusted(' class="none"') : NOTHING}><strong>${text(`method.${method}.name`)}</strong><span>${opensNow(context, rightsBy(acr))}</span><span>${end}</span></li>
`
  })
  return html`<section class="section stack"><h2>${text('portal.ladder.title')}</h2>
<ol class="ladder" role="list">
${items}<li><strong>${text('portal.ladder.desk')}</strong><span>${text('portal.ladder.desk-line')}</span><span>${telephone(site)}</span></li>
</ol></section>`
}

type RungState = 'ready' | 'waiting' | 'paused' | 'stopped' | 'locked' | 'expired' | 'none'

/** The best that can be said of those that somebody holds of one kind. */
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

interface AddButton {
  readonly method: string
  readonly token: string
  readonly words: Html | string
}

const addButton = ({ method, token, words }: AddButton): Html =>
  html`<form method="post" action="/portal/security/enrolments">${formField(token)}<button class="link" name="method" value="${method}">${words}</button></form>`

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
  const add = more.map(({ method }) =>
    addButton({ method, token, words: text(`method.${method}.another`) }),
  )
  const opened = new Map(rungs.map((rung) => [rung.method, opensNow(context, rightsBy(rung.acr))]))
  const verifying = new Set(rungs.flatMap(({ method, verifies }) => (verifies ? [method] : [])))
  const rows = shown.map(({ id, method, label, usedAt, createdAt, pendingUntil, ...held }) => [
    html`${label}${standing(context, held)}<br><span class="quiet small">${text(`method.${method}.name`)}. ${opened.get(method) ?? ''}</span>${
      pendingUntil === null
        ? NOTHING
        : html` <span class="tag warn">${text('portal.devices.waiting', { when: formats.full(pendingUntil) })}</span> ${holdLeft(context, pendingUntil)}<form method="post" action="/portal/security/successor/stop">${formField(token)}<button class="link danger">${text('portal.devices.stop')}</button></form>`
    }`,
    usedAt === null ? text('portal.devices.never') : formats.moment(usedAt, now),
    sinceOf(context, { createdAt, isVerified: verifying.has(method) }),
    html`<a href="/portal/security/devices/${id}">${text('portal.devices.manage')}<span class="hidden"> ${label}</span></a>`,
  ])
  const body =
    rows.length > 0
      ? table(context, 'portal.devices', { columns: ['device', 'used', 'since'], rows })
      : html`<div class="empty"><p>${text('portal.devices.empty')}</p></div>`
  return html`<section class="section stack"><div class="split"><h2>${text('portal.devices.title')}</h2>${add}</div>
${body}${restrictedNotes(context, { security, rungs })}</section>`
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
function settings(context: PageContext, { security, token }: SecurityFacts): Html {
  const { text } = context.texts
  const { subscriber } = security
  const [state, other] = subscriber.seamless ? ['on', 'off'] : ['off', 'on']
  const form = html`<form method="post" action="/portal/security/seamless">${formField(token)}<button class="link" name="seamless" value="${other}">${text(`portal.settings.turn-${other}`)}<span class="hidden"> ${text('portal.settings.notifications')}</span></button></form>`
  const change = mayChangeSettings(subscriber, context.site.now()) ? form : NOTHING
  return html`<section class="section stack"><h2>${text('portal.settings.title')}</h2>
<dl class="facts"><div><dt>${text('portal.settings.password')}</dt><dd></dd><dd><a href="/portal/security/password">${text('portal.settings.change-password')}</a></dd></div>
<div><dt>${text('portal.settings.notifications')}</dt><dd>${text(`portal.settings.${state}`)}</dd><dd>${change}</dd></div>
${languageSetting(context, token)}${tradingSetting(context, security)}</dl></section>`
}

/** What we speak to them, here and everywhere else. */
const languageSetting = (context: PageContext, token: string): Html =>
  html`<div><dt>${context.texts.text('common.language')}</dt><dd>${context.texts.text('portal.settings.language')}</dd><dd>${languageSwitch(context, token)}</dd></div>
`

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
    return [
      html`${name}${isThis ? html` <span class="tag">${text('portal.sessions.this')}</span>` : NOTHING}`,
      one.origin.place,
      isThis ? text('portal.sessions.now') : formats.moment(one.seenAt, site.now()),
      isThis
        ? NOTHING
        : html`<form method="post" action="/portal/security/sessions/${one.id}/end">${formField(token)}<button class="link">${text('portal.log-out')}<span class="hidden"> ${name}</span></button></form>`,
    ]
  })
  const others =
    security.sessions.length > 1
      ? html`<form method="post" action="/portal/security/sessions/end-others">${formField(token)}<button class="link">${text('portal.sessions.end-others')}</button></form>`
      : NOTHING
  return html`<section class="section stack"><div class="split"><h2>${text('portal.sessions.title')}</h2>${others}</div>
${table(context, 'portal.sessions', { columns: ['where', 'place', 'seen'], rows })}
<form class="stack" method="post" action="/portal/security/sessions/end-all">${formField(token)}<p class="quiet" id="end-all-what">${text('portal.sessions.end-all-what')}</p>
<p><button class="button plain" aria-describedby="end-all-what">${text('portal.sessions.end-all')}</button></p></form></section>`
}

const whereOf = ({ platform, origin }: Session, platformName: (id: string) => string): string =>
  platform === 'portal' ? origin.browser : `${platformName(platform)}, ${origin.browser}`

function browsers(context: PageContext, { security, session, token }: SecurityFacts): Html {
  const {
    texts: { text },
    formats,
    site,
  } = context
  const now = site.now()
  const rows = security.browsers.map(({ id, label, seenAt, createdAt, blockedAt }) => [
    html`${label}${id === session.origin.browserId ? html` <span class="tag">${text('portal.sessions.this')}</span>` : NOTHING}${
      blockedAt === null
        ? NOTHING
        : html` <span class="tag bad">${text('portal.browsers.blocked')}</span>`
    }`,
    formats.moment(seenAt, now),
    formats.day(createdAt, now),
    blockedAt === null
      ? html`<form method="post" action="/portal/security/browsers/${id}/forget">${formField(token)}<button class="link">${text('portal.browsers.forget-one')}<span class="hidden"> ${label}</span></button></form>`
      : NOTHING,
  ])
  if (rows.length === 0) return NOTHING
  return html`<section class="section stack"><div class="split"><h2>${text('portal.browsers.title')}</h2><form method="post" action="/portal/security/browsers/forget">${formField(token)}<button class="link">${text('portal.browsers.forget')}</button></form></div>
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
        when: formats.moment(last.startedAt, site.now()),
        browser: last.origin.browser,
        place: last.origin.place,
      })}</p><p><a href="/portal/activity">${text('portal.activity.all')}</a></p>`
    : NOTHING
  return html`${lastLogin}<p class="quiet">${text('common.safe.never')}</p>`
}
