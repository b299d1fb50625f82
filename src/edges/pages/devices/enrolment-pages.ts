import type { ContactKind } from '#core/contact/address.ts'
import type { Enrolment } from '#core/devices/enrolment.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { formField, notice, qrCode, until } from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import type { Rung } from '#edges/pages/devices/rung.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** How an authenticator that is made elsewhere comes to be bound. */

/** The codes of an invitation; they are nowhere but on the page that shows them. */
export interface Codes {
  readonly code: string
  readonly token: string
}

export interface EnrolmentFacts extends Seen {
  readonly enrolment: Enrolment
  readonly codes: Codes
  /** A first one is bound on a session that sees nothing else. */
  readonly isFirst: boolean
  /**
   * The app that it is made in: where it is on this installation, and with the invitation in hand.
   */
  readonly app: { readonly path: string; readonly invited: string }
  /** Where it is told step by step, if anywhere. */
  readonly guide: string | undefined
  /** What stops when the new one is ready. */
  readonly replaces: string | null
  /** The button was pressed, and nothing has happened yet. */
  readonly isEarly: boolean
}

/** Picture and code, and how long they last. The page moves on when the phone is ready. */
export function enrolmentPage(context: PageContext, facts: EnrolmentFacts): Html {
  const { texts: t, site } = context
  const { enrolment, codes, token } = facts
  const key = `method.${enrolment.method}.enrol`
  const title = t.text(`${key}.title`)
  const address = `/portal/security/enrolments/${enrolment.id}`
  const { issuer } = site.settings
  const here = `${issuer}${facts.app.invited}`
  const picture = qrCode(here, t.text(`${key}.picture`))
  const hidden = html`${formField(token)}<input type="hidden" name="code" value="${codes.code}"><input type="hidden" name="token" value="${codes.token}">`
  const main = html`<div class="column stack loose">
${facts.isFirst ? NOTHING : crumbs(context, title)}
${facts.isEarly ? notice('plain', t.text(`${key}.early`)) : NOTHING}<div class="stack"><h1>${title}</h1><p class="lead">${t.text(`${key}.lead`)}</p></div>
<p><a class="button plain" href="${here}">${t.text(`${key}.here`)}</a></p>
<ol class="steps" role="list">
<li>${rich(t, `${key}.open`, { address: `${issuer}${facts.app.path}` })}</li>
<li><div class="stack"><p>${rich(t, `${key}.scan`)}</p>${picture}<p>${rich(t, `${key}.type`, { userName: facts.userName })}</p><p class="number">${grouped(codes.code)}</p></div></li>
</ol>
<div class="stack"><p class="hidden" role="status" id="status" data-stream="${address}/events" data-minute="${t.text('login.left.one-minute')}" data-soon="${t.text('login.left.soon')}"></p>
<p><span id="moves-on" hidden>${t.text('portal.enrol.moves-on')} </span>${until(context, enrolment.expiresAt, 'portal.enrol.left')}</p>
<noscript><form method="post" action="${address}">${hidden}<button class="button">${t.text(`${key}.done`)}</button></form></noscript>
${changes(t, facts)}${methodGuide(context, facts.guide)}</div>
<form method="post" action="${address}/cancel">${formField(token)}<button class="button plain">${t.text('portal.enrol.cancel')}</button></form>
</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

/** What the new one does to the one before it, and when. */
function changes(t: PageContext['texts'], { enrolment, replaces }: EnrolmentFacts): Html {
  const key = `method.${enrolment.method}.enrol`
  if (enrolment.waits) return notice('warn', t.text(`${key}.waits`))
  return replaces === null
    ? NOTHING
    : notice('warn', rich(t, `${key}.replaces`, { label: replaces }))
}

const grouped = (code: string): readonly Html[] =>
  (code.match(/.{1,4}/g) ?? []).map((group) => html`<span>${group}</span>`)

/**
 * The invitation has lapsed, or its codes are on a page that was closed: another costs one press.
 */
export function lapsedEnrolmentPage(
  context: PageContext,
  facts: Seen & { readonly enrolment: Enrolment; readonly isFirst: boolean },
): Html {
  const { texts: t } = context
  const { enrolment, token } = facts
  const reason = enrolment.state === 'dead' ? 'too-many' : 'ended'
  const title = t.text(`portal.enrol.${reason}.title`)
  const main = html`<div class="column stack loose"><div class="stack"><h1>${title}</h1><p class="lead">${t.text(`portal.enrol.${reason}.lead`)}</p></div>
${enrolment.address ? again(t, enrolment.address) : html`<form method="post" action="/portal/security/enrolments">${formField(token)}<button class="button" name="method" value="${enrolment.method}">${t.text('portal.enrol.again')}</button></form>`}</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

/** An address is typed once more. */
const again = ({ text }: PageContext['texts'], kind: ContactKind): Html =>
  html`<p><a class="button" href="/portal/security/contact/${kind}">${text('portal.enrol.again')}</a></p>`

export interface FirstFacts extends Seen {
  /** What can be set up, the strongest first. */
  readonly rungs: readonly Pick<Rung, 'method' | 'isRestricted'>[]
  /** One was bound meanwhile: this session may do no more, and a new login opens everything. */
  readonly isBound: boolean
}

/** All that a session with a password alone sees: the way to a second factor. */
export function firstPage(context: PageContext, facts: FirstFacts): Html {
  const {
    texts: { text },
    site,
  } = context
  const key = facts.isBound ? 'portal.first.bound' : 'portal.first'
  const title = text(`${key}.title`)
  const ways = facts.rungs.map(({ method, isRestricted }, index) => {
    const kind = index === 0 ? 'button' : 'button plain'
    const line = text(isRestricted ? `method.${method}.risk` : `method.${method}.line`)
    return html`<form class="stack" method="post" action="/portal/security/enrolments">${formField(facts.token)}<p><button class="${kind}" name="method" value="${method}">${text(`method.${method}.add`)}</button></p><p class="quiet small">${line}</p></form>
`
  })
  const again = html`<form method="post" action="/portal/log-out">${formField(facts.token)}<button class="button">${text('portal.first.bound.again')}</button></form>`
  const call = html`<p class="quiet">${text('portal.first.call')} ${telephone(site)}</p>`
  // Whoever trades with the password alone is not told that it opens nothing.
  const isTrading = !facts.isBound && facts.session.decision.row === 'opted-out-first'
  const lead = text(isTrading ? 'rights.opted-out-first' : `${key}.lead`)
  const main = html`<div class="column stack loose"><div class="stack"><h1>${title}</h1><p class="lead">${lead}</p></div>
${facts.isBound ? html`<div class="row">${again}</div>` : [...ways, call]}</div>`
  return portalPage(context, { ...facts, title, tab: null, main })
}
