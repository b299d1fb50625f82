import { memberSessionExpiry } from '#core/desk/member.ts'
import { worksOnCases } from '#core/desk/deeds.ts'
import { judgesDocuments } from '#core/documents/review/review.ts'
import { readsAudit, readsStaff, type Role, sendsDevices } from '#core/desk/role.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { SIGN } from '#edges/pages/frame/icons.ts'
import { languageLink, styleLinks } from '#edges/pages/frame/layout.ts'
import { pressForm } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { keyed } from '#edges/desk/frame/keys.ts'
import type { SeenByMember } from '#edges/desk/frame/session.ts'

/** A page of the desk; around it is the frame of all its pages. */
export interface DeskPage {
  readonly title: string
  /** Something has to be corrected: the title says so first. */
  readonly isWrong?: boolean
  /** A script that the passkey has asked for, by its name. */
  readonly methodScript?: string | undefined
  /** What the page waits for. */
  readonly waits?: DeskWait | undefined
  readonly main: Html
}

/** With a script the page goes on at once; without one it looks every few seconds. */
export interface DeskWait {
  /** Where a script hears of it, and of the end of the session. */
  readonly stream: string
  /** Where the page goes on. */
  readonly to: string
}

const LOOK_SECONDS = 5

/** A page for a member who is logged in, with the places that their role opens. */
export function memberPage(
  context: PageContext,
  { open, token }: SeenByMember,
  page: DeskPage & { readonly place: Place['name'] | null },
): Html {
  const { text } = context.texts
  const { member } = open
  const places = PLACES.filter(({ roles }) => roles(member.role)).map(({ name, address }) => {
    const words = text(`desk.places.${name}`)
    return name === page.place
      ? html`<li><a href="${address}"${keyed(name)} aria-current="page">${words}</a></li>`
      : html`<li><a href="${address}"${keyed(name)}>${words}</a></li>`
  })
  const logOut = pressForm({ action: '/log-out', token, look: 'link', words: text('desk.log-out') })
  const side = html`<header class="side"><a class="brand" href="/">${SIGN}${text('desk.name')}</a>
<nav aria-label="${text('desk.name')}"><ul role="list">${places}</ul></nav>
<div class="member stack small"><p><strong>${member.name}</strong><br>
<span class="quiet">${text(`desk.role.${member.role}`)}</span></p>
<div class="row">${logOut}${languageLink(context)}</div>
<p class="keys quiet">${text('desk.keys')}</p></div></header>`
  const stream = page.waits?.stream ?? '/session/events'
  const notices = html`${sessionEnd(context, open.session)}${news(context)}`
  const body = html`<div class="stack loose">${notices}${page.main}</div>`
  return whole(context, page, { surface: 'desk', top: side, stream, body })
}

/** A page for a visitor who is not logged in yet. */
export function doorPage(context: PageContext, page: DeskPage): Html {
  const name = html`<span class="brand">${SIGN}${context.texts.text('desk.name')}</span>`
  const top = html`<header class="bar"><div class="wrap split">${name}${languageLink(context)}</div>
</header>`
  const body = html`<div class="column stack loose">${page.main}</div>`
  return whole(context, page, { surface: 'narrow', top, stream: null, body })
}

export interface Place {
  readonly name:
    | ('home' | 'cases' | 'call-backs' | 'orders' | 'documents')
    | ('audit' | 'staff' | 'passkeys')
  readonly address: string
  /** Who comes there. */
  readonly roles: (role: Role) => boolean
}

const all = () => true

/** Where one can go, in the order of the bar. */
const PLACES: readonly Place[] = [
  { name: 'home', address: '/', roles: all },
  { name: 'cases', address: '/cases', roles: worksOnCases },
  { name: 'call-backs', address: '/call-backs', roles: worksOnCases },
  { name: 'orders', address: '/orders', roles: sendsDevices },
  { name: 'documents', address: '/documents', roles: judgesDocuments },
  { name: 'audit', address: '/audit', roles: readsAudit },
  { name: 'staff', address: '/staff', roles: readsStaff },
  { name: 'passkeys', address: '/passkeys', roles: all },
]

interface Around {
  readonly surface: 'desk' | 'narrow'
  readonly top: Html
  /** Where a script hears that the session has ended. */
  readonly stream: string | null
  readonly body: Html
}

function whole(context: PageContext, page: DeskPage, around: Around): Html {
  const { texts: t, site } = context
  const { title, isWrong = false, waits } = page
  const heading = isWrong ? t.text('common.error-title', { title }) : title
  const scripts = ['desk', page.methodScript].flatMap((name) =>
    name === undefined ? [] : (site.assets.built(`web/enhance/${name}.ts`) ?? []),
  )
  const modules = scripts.map((file) => html`<script type="module" src="${file}"></script>`)
  const { surface, stream } = around
  const listens = stream === null ? NOTHING : html` data-stream="${stream}"`
  const name = t.text('desk.of', { name: site.settings.name })
  const again = `${LOOK_SECONDS};url=${waits?.to}`
  const refresh = html`<noscript><meta http-equiv="refresh" content="${again}"></noscript>`
  return html`<!doctype html>
<html lang="${t.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.text('common.page-title', { title: heading, name })}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
${styleLinks(site, ['core', 'confirm', 'portal', 'desk'])}${modules}${waits ? refresh : NOTHING}
</head>
<body class="${surface}"${listens}>
<a class="hidden" href="#main">${t.text('common.skip')}</a>
${around.top}
<main class="wrap" id="main">${around.body}</main>
</body>
</html>
`
}

/** Hidden until a script shows it: nothing that is being typed is taken away. */
const news = ({ texts: { text }, address }: PageContext): Html =>
  html`<div class="notice warn" role="status" hidden id="news">
<p>${text('desk.second.news')} <a href="${address}">${text('desk.second.look')}</a></p></div>`

/** Hidden until a script shows it, two minutes before the session ends. */
function sessionEnd(
  { texts: { text }, site }: PageContext,
  session: SeenByMember['open']['session'],
): Html {
  const seconds = Math.max(0, Math.floor((memberSessionExpiry(session) - site.now()) / 1_000))
  const stay = html`<a href="">${text('portal.session-end.stay')}</a>`
  return html`<div class="notice warn" role="status"
hidden id="session-end" data-seconds="${seconds}">
<p>${text('portal.session-end.soon')} ${stay}</p></div>`
}
