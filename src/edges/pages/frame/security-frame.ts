import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'
import { portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { SECURITY_PAGES, type SecurityPage } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** One of the pages on how a client logs in; they stand beside each other. */
export interface SecurityFrame {
  readonly page: SecurityPage
  readonly title: string
  /** What was just done, as a key of `portal.done`. */
  readonly done: string | null
  readonly body: Html
  readonly aside?: Html
}

export function securityFrame(context: PageContext, seen: Seen, frame: SecurityFrame): Html {
  const { page, title, body, aside } = frame
  const head = html`<div class="stack"><h1>${title}</h1>${doneJustNow(context, frame)}</div>`
  const column = html`<div class="stack loose">
${head}
${body}
</div>`
  const main = aside
    ? html`<div class="beside">${column}<aside class="stack small">${aside}</aside></div>`
    : column
  const pages = pageLinks(context, page)
  return portalPage(context, { ...seen, title, tab: 'security', pages, main })
}

const doneJustNow = ({ texts: { text } }: PageContext, { done }: SecurityFrame): Html =>
  done === null
    ? NOTHING
    : html`<p class="confirm" role="status">${icon('check')}${text(`portal.done.${done}`)}</p>`

function pageLinks({ texts: { text } }: PageContext, open: SecurityPage): Html {
  const links = Object.entries(SECURITY_PAGES).map(([name, address]) => {
    const current = name === open ? html` aria-current="page"` : NOTHING
    const words = text(`portal.security.pages.${name}`)
    return html`<li><a href="${address}"${current}>${words}</a></li>`
  })
  return html`<nav class="tabs sub" aria-label="${text('portal.security.title')}"><div class="wrap">
<ul role="list">${links}</ul></div></nav>`
}
