import type { Rung } from '#edges/pages/devices/rung.ts'
import { answers } from '#core/devices/authenticator.ts'
import { mayChangeSettings } from '#core/subscribers/primary-user.ts'
import type { Security } from '#engine/devices/overview.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { standingAmong, TONES } from '#edges/pages/devices/standing.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { tradingSetting } from '#edges/pages/subscribers/opt-out-page.ts'
import { alertsSetting } from '#edges/pages/notices/alerts-page.ts'
import { tradeNoticesSetting } from '#edges/pages/notices/trade-notices-page.ts'
import type { alertsOf } from '#engine/notices/alerts.ts'
import type { TradeNotices } from '#engine/notices/trade-choice.ts'
import { openingNow } from '#edges/pages/frame/opens.ts'
import {
  bindButton,
  fact,
  languageSwitch,
  lastLoginBox,
  pressForm,
  saidAloud,
} from '#edges/pages/frame/parts.ts'
import { passwordDoubt } from '#edges/pages/password/password-page.ts'
import {
  type LossPreviewFacts,
  lossPreviewSection,
} from '#edges/pages/devices/loss-preview-section.ts'
import type { Seen } from '#edges/pages/frame/portal-layout.ts'
import { securityFrame } from '#edges/pages/frame/security-frame.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { primaryNotice, usersSection } from '#edges/pages/subscribers/users-section.ts'

export interface SecurityFacts extends Seen, LossPreviewFacts {
  readonly security: Security
  /** All second factors, the strongest first. */
  readonly rungs: readonly Rung[]
  /** How the client hears of trades; `null` for one who uses the account of another. */
  readonly notices: TradeNotices | null
  readonly alerts: Awaited<ReturnType<typeof alertsOf>>
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
}

/**
 * How a client logs in: a summary in words, what is left if the phone is lost, and what each way
 * opens.
 */
export function securityPage(context: PageContext, facts: SecurityFacts): Html {
  const { text } = context.texts
  const { security, done } = facts
  const body = html`<div class="stack"><p class="lead">${inWords(context, facts)}</p>
${passwordDoubt(context, security)}${primaryNotice(context, facts)}</div>
${lossPreviewSection(context, facts)}
${waysTable(context, facts)}
${settings(context, facts)}
${usersSection(context, facts)}`
  const aside = html`${lastLoginBox(context, security.lastLogin)}
<p class="quiet">${text('common.safe.never')}</p>`
  const title = text('portal.security.title')
  return securityFrame(context, facts, { page: 'ways', title, done, body, aside })
}

/** The paragraph that can be read aloud. */
function inWords({ texts: t, site }: PageContext, { security, rungs }: SecurityFacts): Html {
  const now = site.now()
  const works = (held: Security['authenticators'][number]) =>
    answers(held, now) && held.pendingUntil === null
  const ways = rungs.flatMap(({ method }) =>
    security.authenticators.filter((held) => held.method === method && works(held)),
  )
  const [first] = ways
  if (!first) return rich(t, 'portal.words.password-only')
  return rich(t, `method.${first.method}.today`, { label: first.label })
}

/** The ways to log in, the strongest first, and what each opens to this client today. */
function waysTable(
  context: PageContext,
  { security, rungs, token, rightsBy }: SecurityFacts,
): Html {
  const {
    texts: { text },
    site,
  } = context
  const rows = rungs.map(({ method, acr, canBeAdded, refused }) => {
    const held = security.authenticators.filter((one) => one.method === method)
    const state = standingAmong(held, site.now())
    // Given by our desk alone, which is named below anyway.
    if (state === 'none' && !canBeAdded) return NOTHING
    const name = text(`method.${method}.name`)
    const words = html`${text('portal.ladder.set-up')}${saidAloud(name)}`
    const isNone = state === 'none' || state === 'expired'
    const add = refused
      ? html`<br><span class="quiet small">${notNow(context, refused)}</span>`
      : canBeAdded
        ? bindButton({ method, token, look: 'link', words })
        : NOTHING
    const end = isNone
      ? add
      : html`<span class="tag ${TONES[state]}">${text(`portal.ladder.${state}`)}</span>`
    const none = state === 'none' ? html` class="none"` : NOTHING
    const { opens, perDay } = openingNow(context, rightsBy(acr))
    return html`<tr${none}><th scope="row">${name} ${end}</th><td>${opens}</td>
<td class="end">${perDay}</td></tr>
`
  })
  const head = ['way', 'opens', 'per-day'].map((column) =>
    column === 'per-day'
      ? html`<th class="end" scope="col">${text(`portal.ladder.columns.${column}`)}</th>`
      : html`<th scope="col">${text(`portal.ladder.columns.${column}`)}</th>`,
  )
  return html`<section class="section stack"><h2>${text('portal.ladder.title')}</h2>
<table class="ways"><caption class="hidden">${text('portal.ladder.caption')}</caption>
<thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table>
<p class="quiet">${text('portal.ladder.desk-line')} ${telephone(site)}</p></section>`
}

/**
 * Whether the login page asks the phone first (R038), and whether trading asks for it at all
 * (R130).
 */
function settings(
  context: PageContext,
  { security, rungs, token, notices, alerts }: SecurityFacts,
): Html {
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
${languageSetting(context, token)}${tradingSetting(context, security)}
${notices ? tradeNoticesSetting(context, notices) : NOTHING}
${alerts.isHeld ? alertsSetting(context, alerts) : NOTHING}</dl></section>`
}

/** What we speak to them, here and everywhere else. */
function languageSetting(context: PageContext, token: string): Html {
  const { text } = context.texts
  const shown = text('portal.settings.language')
  return html`${fact(text('common.language'), shown, languageSwitch(context, token))}
`
}
