import { articleBody } from '#edges/pages/help/reading/article.ts'
import { filledIn } from '#edges/pages/help/reading/fill-ins.ts'
import { articleOn, picture } from '#edges/pages/help/help-articles.ts'
import { type Guide, SHELVES } from '#edges/pages/help/guides.ts'
import { FIRST } from '#edges/pages/help/questions.ts'
import { searchForm } from '#edges/pages/help/search-form.ts'
import { html, type Html, NOTHING, rich } from '#edges/pages/frame/html.ts'
import {
  besideAdvice,
  layout,
  stayingSafe,
  telephone,
  telephonesByCountry,
} from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { headline } from '#edges/pages/frame/parts.ts'

/** What clients ask most; pages link to these by name. */
const TOPICS = [
  'login',
  'notifications',
  'texts',
  'connection',
  'none',
  'denied',
  'wrong',
  'locked',
  'not-me',
] as const

export function helpPage(context: PageContext): Html {
  const { texts: t, site } = context
  const title = t.text('login.help.title')
  const topics = TOPICS.map((topic) => {
    const name = t.text(`login.help.${topic}.title`)
    const test = topic === 'connection' ? connectionTest(context) : NOTHING
    return html`<section class="section stack" id="${topic}"><h2>${name}</h2>
<p>${rich(t, `login.help.${topic}.text`)}</p>${test}</section>
`
  })
  const shelves = Object.entries(SHELVES).map(
    ([shelf, guides]) => html`<h3>${t.text(`login.help.shelf.${shelf}`)}</h3>
<ul class="stack" role="list">${guides.map(
      (guide) => html`<li><a href="/help/${guide}">${articleOn(guide, t.language).title}</a></li>`,
    )}</ul>
`,
  )
  const lead = html`${t.text('login.help.lead')} ${telephone(site)}`
  const numbers = telephonesByCountry(context)
  const call = t.text('login.help.call')
  const byCountry =
    numbers === NOTHING
      ? NOTHING
      : html`<section class="section stack" id="call"><h2>${call}</h2>${numbers}</section>`
  const begin = t.text('login.help.asking.begin')
  const asking = html`<a class="button" href="/help/questions/${FIRST}">${begin}</a>`
  const column = html`${headline(title, lead)}
<p>${asking}</p>
${searchForm(context)}${byCountry}
<section class="section stack"><h2>${t.text('login.help.guides')}</h2>
${shelves}</section>
${topics}`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(column, stayingSafe(context)),
  })
}

const connectionTest = ({ texts: { text } }: PageContext): Html =>
  html`<p><a href="/connectivity">${text('connectivity.title')}</a></p>
<p><a href="/status">${text('status.title')}</a></p>`

/** A guide to one situation: what the client would say, and what to do about it. */
export function articlePage(context: PageContext, guide: Guide): Html {
  const { texts: t } = context
  const article = articleOn(guide, t.language)
  const body = articleBody(article, { filled: (name) => filledIn(context, name), picture })
  return layout(context, {
    title: article.title,
    surface: 'narrow',
    styles: ['confirm', 'help'],
    main: html`<article class="article stack loose">
<p class="small"><a href="/help">${t.text('common.help')}</a></p>
<h1>${article.title}</h1>
${body}</article>`,
  })
}
