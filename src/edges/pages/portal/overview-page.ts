import type { OngoingCall } from '#core/desk/call.ts'
import { ENVIRONMENTS } from '#core/subscribers/account.ts'
import { phaseOf } from '#core/assurance.ts'
import type { Attention } from '#engine/devices/attention.ts'
import type { Overview } from '#engine/devices/overview.ts'
import { callNotice } from '#edges/pages/desk/call-notice.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { fact, formField, lastLoginBox, notice } from '#edges/pages/frame/parts.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import { applicationSection } from '#edges/pages/subscribers/application-section.ts'
import { passwordDoubt } from '#edges/pages/password/password-page.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** The account with real money first. */
const inOrder = (accounts: Overview['accounts']) =>
  accounts.toSorted(
    (one, other) => ENVIRONMENTS.indexOf(one.environment) - ENVIRONMENTS.indexOf(other.environment),
  )

/**
 * Temporary access opens everything for a while, and then only the printing of a card: a client who
 * has not printed one by then trades no more until they have (R095, R104).
 */
function printSoon(
  context: PageContext,
  { session, token }: Seen,
  { printable }: Pick<OverviewFacts, 'printable'>,
): Html {
  const { texts: t, formats, site } = context
  const now = site.now()
  const fading = session.proofs.find(
    (proof) =>
      phaseOf(proof, now) === 'everything' &&
      proof.phases?.some(({ opens }) => opens === 'card-printing'),
  )
  const end = fading?.phases?.find(({ until }) => now < until)?.until
  if (end === undefined || printable.length === 0) return NOTHING
  const buttons = printable.map((method) => {
    const name = t.text(`method.${method}.add`)
    return html`<button class="button" name="method" value="${method}">${name}</button>`
  })
  const words = rich(t, 'portal.overview.print-soon', { when: formats.ahead(end, now) })
  return html`<div class="stack">${notice('warn', words)}
<form method="post" action="/portal/security/enrolments">${formField(token)}${buttons}</form></div>
`
}

export interface OverviewFacts extends Overview {
  /** What can be printed, and is not held yet. */
  readonly printable: readonly string[]
  /** Who of us talks to the client now. */
  readonly call: OngoingCall | null
  /** The first device has been set up just now, and has opened this session. */
  readonly isBound: boolean
}

/** Where it is seen to, on the pages on how a client logs in; a hold ends by itself. */
const SEEN_TO = {
  'device-waiting': SECURITY_PAGES.devices,
  'device-locked': SECURITY_PAGES.devices,
  'no-device': null,
  'one-device': SECURITY_PAGES.devices,
  'email-missing': `${SECURITY_PAGES.contact}/email`,
  'email-unverified': `${SECURITY_PAGES.contact}/email`,
  hold: null,
} as const satisfies Readonly<Record<Attention['kind'], string | null>>

/** What a client should know or do, the most urgent first: its button is the next step. */
function attentionSection(
  { texts: { text }, formats, site }: PageContext,
  { attention }: Pick<Overview, 'attention'>,
): Html {
  const next = attention.find(({ kind }) => SEEN_TO[kind] !== null)
  const items = attention.map((one) => {
    const { kind } = one
    const key = `portal.attention.${kind === 'hold' ? `hold-${one.forbids}` : kind}`
    const words = text(`${key}.words`, {
      label: 'label' in one ? one.label : '',
      when: 'until' in one ? formats.ahead(one.until, site.now()) : '',
    })
    const address = SEEN_TO[kind]
    const look = one === next ? html` class="button"` : NOTHING
    const link =
      address === null
        ? kind === 'no-device'
          ? telephone(site)
          : NOTHING
        : html`<p><a href="${address}"${look}>${text(`${key}.act`)}</a></p>`
    return html`<li class="stack"><p>${words}</p>${link}</li>
`
  })
  if (items.length === 0)
    return html`<p class="confirm">${icon('check')}${text('portal.attention.none')}</p>`
  return html`<section class="section stack"><h2>${text('portal.attention.title')}</h2>
<ul role="list" class="stack loose">
${items}</ul></section>`
}

function boundJustNow(
  { texts: { text } }: PageContext,
  { session }: Seen,
  { isBound }: Pick<OverviewFacts, 'isBound'>,
): Html {
  const proven = session.proofs.findLast(({ authenticatorId }) => authenticatorId !== undefined)
  if (!isBound || !proven) return NOTHING
  const words = text('portal.ready', { device: text(`method.${proven.method}.name`) })
  return html`<p class="confirm" role="status">${icon('check')}${words}</p>`
}

/** What this session may do, and with which accounts. */
export function overviewPage(context: PageContext, seen: Seen, overview: OverviewFacts): Html {
  const {
    texts: { text },
    formats,
  } = context
  const { rights, row, narrowed } = seen.session.decision
  const because = [row, ...narrowed].filter((id) => id !== 'trades')
  const accounts = inOrder(overview.accounts).map(({ number, environment, status }) => {
    const tone = status === 'open' ? ' ok' : ''
    const words = text(`portal.account.status.${status}`)
    return html`${fact(
      text(`portal.account.${environment}`),
      html`<span class="mono">${number}</span>`,
      html`<span class="tag${tone}">${words}</span>`,
    )}
`
  })
  const perDay = rights.withdrawalPerDayUsd
  const withdrawals =
    perDay === 0
      ? text('portal.rights.withdrawals-closed')
      : perDay === null
        ? text('portal.rights.unlimited')
        : text('portal.rights.per-day', { amount: formats.money(perDay) })
  const before = lastLoginBox(context, overview.lastLogin)
  const trading = text(
    rights.trading ? 'portal.rights.trading-open' : 'portal.rights.trading-closed',
  )
  const zone = text('portal.zone', { zone: formats.zone })
  const name = overview.fullName ?? seen.userName
  const main = html`<div class="beside"><div class="stack loose">
${callNotice(context, overview.call)}
<div class="stack"><h1>${text('portal.overview.title', { name })}</h1>
${boundJustNow(context, seen, overview)}</div>
${passwordDoubt(context, overview)}${printSoon(context, seen, overview)}
${applicationSection(context, seen.session.account)}${attentionSection(context, overview)}
<section class="section stack"><h2>${text('portal.overview.accounts')}</h2>
<dl class="facts">${accounts}</dl></section>
<section class="section stack"><h2>${text('portal.rights.title')}</h2><dl class="facts">
${fact(text('portal.rights.portal'), text('portal.rights.portal-open'))}
${fact(text('portal.rights.trading'), trading)}
${fact(text('portal.rights.withdrawals'), withdrawals)}</dl>
${because.map((id) => html`<p class="quiet">${text(`rights.${id}`)}</p>`)}
<p><a href="/portal/security">${text('portal.security.title')}</a></p></section>
</div><aside class="stack small">${before}<p class="quiet">${zone}</p></aside></div>`
  return portalPage(context, {
    ...seen,
    title: text('portal.tabs.overview'),
    tab: 'overview',
    main,
  })
}
