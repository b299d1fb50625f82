import type { Answer, Found } from '#core/help/search.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import { besideAdvice, layout, stayingSafe, telephone } from '#edges/pages/frame/layout.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { FIRST } from '#edges/pages/help/questions.ts'
import { searchForm } from '#edges/pages/help/search-form.ts'

/** The form, and below it what was found; `null` where nothing was asked yet. */
export function searchPage(context: PageContext, words: string, answer: Answer | null): Html {
  const { text } = context.texts
  const title = text('login.help.search.title')
  const column = html`<p class="small"><a href="/help">${text('common.help')}</a></p>
<h1>${title}</h1>
${searchForm(context, words)}
${answer ? outcome(context, answer) : NOTHING}`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(column, stayingSafe(context)),
  })
}

function outcome({ texts: { text }, site }: PageContext, { finding, found }: Answer): Html {
  const list = html`<ul class="stack" role="list">${found.map(foundLink)}</ul>
`
  const ask = html`<a href="/help/questions/${FIRST}">${text('login.help.search.ask')}</a>`
  return html`<section class="section stack" id="found"><h2>${text(`login.help.search.${finding}`, {
    count: found.length,
  })}</h2>
${found.length > 0 ? list : NOTHING}<p class="quiet">${text(
    'login.help.search.else',
  )} ${ask} ${text('login.help.asking.call')} ${telephone(site)}</p></section>`
}

const foundLink = ({ guide, title, section }: Found): Html =>
  section
    ? html`<li><a href="/help/${guide}#${section.anchor}">${title}</a><br>
<span class="quiet small">${section.heading}</span></li>`
    : html`<li><a href="/help/${guide}">${title}</a></li>`
