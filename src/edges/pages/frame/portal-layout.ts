import { expiryOf } from '#core/sessions/session.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { layout, type ScriptName, type StyleName } from '#edges/pages/frame/layout.ts'
import { languageSwitch, pressForm } from '#edges/pages/frame/parts.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** A page of the portal, and who is looking at it. */
export interface PortalPage extends Seen {
  readonly title: string
  readonly isWrong?: boolean
  /** The tab that is open; `null` where the session sees no tabs. */
  readonly tab: (typeof TABS)[number]['name'] | null
  /** Links to the pages beside this one, below the tabs. */
  readonly pages?: Html
  readonly main: Html
  /** A script that a method has asked for. */
  readonly methodScript?: string | undefined
  /** Beside those of every page of the portal. */
  readonly styles?: readonly StyleName[]
  readonly script?: ScriptName
}

export interface Seen {
  readonly session: OpenSession
  readonly userName: string
  /** Ties the forms to this browser. */
  readonly token: string
}

export function portalPage(context: PageContext, page: PortalPage): Html {
  const { text } = context.texts
  const { token, userName } = page
  const logOut = pressForm({
    action: '/portal/log-out',
    token,
    look: 'link',
    words: text('portal.log-out'),
  })
  const corner = html`<div class="row small"><span class="roomy">${userName}</span>
${logOut}</div>`
  return layout(context, {
    title: page.title,
    isWrong: page.isWrong ?? false,
    surface: 'portal',
    styles: ['confirm', 'portal', ...(page.styles ?? [])],
    corner,
    language: languageSwitch(context, token),
    methodScript: page.methodScript,
    script: page.script ?? 'portal',
    tabs: page.tab === null ? NOTHING : html`${tabs(context, page.tab)}${page.pages ?? NOTHING}`,
    main: html`${sessionEnd(context, page.session)}${page.main}`,
  })
}

const TABS = [
  { name: 'overview', address: '/portal' },
  { name: 'security', address: '/portal/security' },
  { name: 'activity', address: '/portal/activity' },
  { name: 'documents', address: '/portal/documents' },
] as const

function tabs({ texts: { text } }: PageContext, open: PortalPage['tab']): Html {
  const links = TABS.map(({ name, address }) =>
    name === open
      ? html`<li><a href="${address}" aria-current="page">${text(`portal.tabs.${name}`)}</a></li>`
      : html`<li><a href="${address}">${text(`portal.tabs.${name}`)}</a></li>`,
  )
  return html`<nav class="tabs" aria-label="${text('portal.tabs.label')}"><div class="wrap">
<ul role="list">${links}</ul></div></nav>`
}

/** Hidden until a script shows it, two minutes before the session ends for want of use. */
function sessionEnd({ texts: { text }, site }: PageContext, session: OpenSession): Html {
  const seconds = Math.max(0, Math.floor((expiryOf(session, session.idle) - site.now()) / 1_000))
  const stay = html`<a href="">${text('portal.session-end.stay')}</a>`
  return html`<div class="notice warn" role="status"
hidden id="session-end" data-seconds="${seconds}">
<p>${text('portal.session-end.soon')} ${stay}</p></div>`
}

interface Above {
  readonly address: string
  /** Its title, as a key of `locales/`. */
  readonly title: string
}

/** The pages on how a client logs in, as the place of those below them. */
export const ABOVE = {
  ways: { address: SECURITY_PAGES.ways, title: 'portal.security.title' },
  devices: { address: SECURITY_PAGES.devices, title: 'portal.security.pages.devices' },
  contact: { address: SECURITY_PAGES.contact, title: 'contact.title' },
} as const satisfies Readonly<Record<string, Above>>

/** Where a page stands below the tab that is open. */
export const crumbs = (
  { texts: { text } }: PageContext,
  here: string,
  { address, title }: Above = ABOVE.ways,
): Html =>
  html`<nav class="crumbs" aria-label="${text('portal.crumbs')}"><ol role="list">
<li><a href="${address}">${text(title)}</a></li><li aria-current="page">${here}</li></ol></nav>`
