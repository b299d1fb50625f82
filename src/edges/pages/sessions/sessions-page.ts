import type { Session } from '#core/sessions/session.ts'
import type { Security } from '#engine/devices/overview.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { formField, pressForm, saidAloud } from '#edges/pages/frame/parts.ts'
import type { Seen } from '#edges/pages/frame/portal-layout.ts'
import { securityFrame } from '#edges/pages/frame/security-frame.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { table } from '#edges/pages/frame/table.ts'

export interface SessionsFacts extends Seen {
  readonly security: Pick<Security, 'sessions' | 'browsers'>
  readonly platformName: (id: string) => string
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
}

/** Where a client is logged in, and the browsers that we know. */
export function sessionsPage(context: PageContext, facts: SessionsFacts): Html {
  const body = html`${sessions(context, facts)}
${browsers(context, facts)}`
  const title = context.texts.text('portal.sessions.page')
  return securityFrame(context, facts, { page: 'sessions', title, done: facts.done, body })
}

function sessions(
  context: PageContext,
  { security, session, token, ...facts }: SessionsFacts,
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

function browsers(context: PageContext, { security, session, token }: SessionsFacts): Html {
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
