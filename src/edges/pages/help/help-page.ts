import type { Rules } from '#core/subscribers/jurisdiction.ts'
import { articleBody } from '#edges/pages/help/article.ts'
import { articleOn, type Guide, GUIDES, picture } from '#edges/pages/help/help-articles.ts'
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
    return html`<section class="section stack" id="${topic}"><h2>${name}</h2>
<p>${rich(t, `login.help.${topic}.text`)}</p></section>
`
  })
  const guides = GUIDES.map(
    (guide) => html`<li><a href="/help/${guide}">${articleOn(guide, t.language).title}</a></li>`,
  )
  const lead = html`${t.text('login.help.lead')} ${telephone(site)}`
  const numbers = telephonesByCountry(context)
  const call = t.text('login.help.call')
  const byCountry =
    numbers === NOTHING
      ? NOTHING
      : html`<section class="section stack" id="call"><h2>${call}</h2>${numbers}</section>`
  const column = html`${headline(title, lead)}
${byCountry}
<section class="section stack"><h2>${t.text('login.help.guides')}</h2>
<ul class="stack" role="list">${guides}</ul></section>
${topics}`
  return layout(context, {
    title,
    surface: 'narrow',
    styles: ['confirm'],
    main: besideAdvice(column, stayingSafe(context)),
  })
}

/** A guide to one situation: what the client would say, and what to do about it. */
export function articlePage(context: PageContext, guide: Guide): Html {
  const { texts: t, site } = context
  const article = articleOn(guide, t.language)
  const placesWithoutTexts = placesIn(context, ({ migrationByText }) => !migrationByText)
  const around = { telephone: telephone(site), placesWithoutTexts, picture }
  const body = articleBody(article, around)
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

/** Where such rules apply, as words; a dash for nowhere. */
function placesIn(
  { texts: { language }, site: { jurisdictions } }: PageContext,
  isMeant: (rules: Rules) => boolean,
): string {
  const inUse = new Set(jurisdictions.countries.values())
  const places = [...jurisdictions.profiles.values()].filter(
    ({ id, rules }) => inUse.has(id) && isMeant(rules),
  )
  const names = places.map(({ name }) => name[language])
  return names.length === 0 ? '–' : new Intl.ListFormat(language).format(names)
}
