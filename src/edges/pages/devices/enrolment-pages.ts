import type { ContactKind } from '#core/contact/address.ts'
import type { Enrolment } from '#core/devices/enrolment.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import {
  bindButton,
  formField,
  headline,
  notice,
  numbered,
  pressForm,
  qrCode,
  until,
} from '#edges/pages/frame/parts.ts'
import { notNow } from '#edges/pages/devices/not-now.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { applicationNews } from '#edges/pages/subscribers/application-section.ts'
import type { Rung } from '#edges/pages/devices/rung.ts'
import { SHARING } from '#edges/pages/frame/security-pages.ts'
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
  const { enrolment, token } = facts
  const key = `method.${enrolment.method}.enrol`
  const title = t.text(`${key}.title`)
  const address = `/portal/security/enrolments/${enrolment.id}`
  const { issuer } = site.settings
  const here = `${issuer}${facts.app.invited}`
  const early = facts.isEarly ? notice('plain', t.text(`${key}.early`)) : NOTHING
  const main = html`<div class="column stack loose">
${facts.isFirst ? NOTHING : crumbs(context, title)}
${early}${headline(title, t.text(`${key}.lead`))}
<p><a class="button plain" href="${here}">${t.text(`${key}.here`)}</a></p>
${numbered([
  rich(t, `${key}.open`, { address: `${issuer}${facts.app.path}` }),
  scanning(context, facts, here),
])}
<div class="stack">${progress(context, facts, address)}
${changes(t, facts)}${methodGuide(context, facts.guide)}</div>
${pressForm({
  action: `${address}/cancel`,
  token,
  look: 'button plain',
  words: t.text('portal.enrol.cancel'),
})}
</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

/** The picture; a client who cannot scan it types name and code. */
function scanning({ texts: t }: PageContext, facts: EnrolmentFacts, here: string): Html {
  const { enrolment, codes, userName } = facts
  const key = `method.${enrolment.method}.enrol`
  return html`<div class="stack"><p>${rich(t, `${key}.scan`)}</p>
${qrCode(here, t.text(`${key}.picture`))}
<p>${rich(t, `${key}.type`, { userName })}</p><p class="number">${grouped(codes.code)}</p></div>`
}

/** How long there is; a script goes on when the phone is ready, and without one a button does. */
function progress(context: PageContext, facts: EnrolmentFacts, address: string): Html {
  const { text } = context.texts
  const { enrolment, codes, token } = facts
  const done = pressForm({
    action: address,
    token,
    look: 'button',
    words: text(`method.${enrolment.method}.enrol.done`),
    carries: { code: codes.code, token: codes.token },
  })
  const movesOn = html`<span id="moves-on" hidden>${text('portal.enrol.moves-on')} </span>`
  return html`<p class="hidden" role="status" id="status" data-stream="${address}/events"
data-minute="${text('login.left.one-minute')}" data-soon="${text('login.left.soon')}"></p>
<p>${movesOn}${until(context, enrolment.expiresAt, 'portal.enrol.left')}</p>
<noscript>${done}</noscript>`
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
  const words = t.text('portal.enrol.again')
  const way = enrolment.address
    ? again(t, enrolment.address)
    : bindButton({ method: enrolment.method, token, look: 'button', words })
  const main = html`<div class="column stack loose">
${headline(title, t.text(`portal.enrol.${reason}.lead`))}
${way}</div>`
  return portalPage(context, { ...facts, title, tab: facts.isFirst ? null : 'security', main })
}

/** An address is typed once more. */
const again = ({ text }: PageContext['texts'], kind: ContactKind): Html =>
  html`<p>
<a class="button" href="/portal/security/contact/${kind}">${text('portal.enrol.again')}</a></p>`

export interface FirstFacts extends Seen {
  /** What can be set up, the strongest first. */
  readonly rungs: readonly Pick<Rung, 'method' | 'isRestricted' | 'refused'>[]
  /** One was bound meanwhile: this session may do no more, and a new login opens everything. */
  readonly isBound: boolean
  /** The platform that waits until something is set up, by its name. */
  readonly goesOnTo: string | null
}

/** All that a session with a password alone sees: the way to a second factor. */
export function firstPage(context: PageContext, facts: FirstFacts): Html {
  const {
    texts: { text },
    site,
  } = context
  const key = facts.isBound ? 'portal.first.bound' : 'portal.first'
  const invitation = text(`${key}.title`)
  // What the client came for stands above what we want of them.
  const application = facts.isBound ? null : applicationNews(context, facts.session.account)
  const title = application?.title ?? invitation
  const open = facts.rungs.filter(({ refused }) => refused === null)
  const refusals = new Map(
    facts.rungs.flatMap(({ refused }) => (refused ? [[refused.problem, refused]] : [])),
  )
  const why = [...refusals.values()].map((one) => notice('warn', notNow(context, one)))
  const ways = open.map(({ method, isRestricted }, index) => {
    const kind = index === 0 ? 'button' : 'button plain'
    const line = text(isRestricted ? `method.${method}.risk` : `method.${method}.line`)
    const words = text(`method.${method}.add`)
    return html`<form class="stack" method="post" action="/portal/security/enrolments">
${formField(facts.token)}
<p><button class="${kind}" name="method" value="${method}">${words}</button></p>
<p class="quiet small">${line}</p></form>
`
  })
  const again = pressForm({
    action: '/portal/log-out',
    token: facts.token,
    look: 'button',
    words: text('portal.first.bound.again'),
  })
  const call = html`<p><a href="${SHARING}">${text('portal.first.shared')}</a></p>
<p class="quiet">${text('portal.first.call')} ${telephone(site)}</p>`
  // A client who trades with the password alone is not told that it opens nothing.
  const isTrading = !facts.isBound && facts.session.decision.row === 'opted-out-first'
  const lead = text(isTrading ? 'rights.opted-out-first' : `${key}.lead`)
  const { goesOnTo } = facts
  const then =
    goesOnTo === null
      ? NOTHING
      : html`<p>${text('portal.first.then', { platform: goesOnTo })}</p>
`
  const body = html`${then}
${facts.isBound ? html`<div class="row">${again}</div>` : [...ways, ...why, call]}`
  const column = application
    ? html`${application.news}
<section class="section stack loose"><div class="stack"><h2>${invitation}</h2>
<p class="lead">${lead}</p></div>${body}</section>`
    : html`${headline(title, lead)}
${body}`
  const main = html`<div class="column stack loose">${column}</div>`
  return portalPage(context, { ...facts, title, tab: null, main })
}
