import { html, type Html, rich } from '#edges/pages/html.ts'
import { besideAdvice, layout, stayingSafe, telephone } from '#edges/pages/layout.ts'
import type { PageContext } from '#edges/pages/site.ts'

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
  const topics = TOPICS.map(
    (
      topic,
    ) => html`<section class="section stack" id="${topic}"><h2>${t.text(`login.help.${topic}.title`)}</h2><p>${rich(t, `login.help.${topic}.text`)}</p></section>
`,
  )
  const column = html`<div class="stack"><h1>${title}</h1><p class="lead">${t.text('login.help.lead')} ${telephone(site)}</p></div>
${topics}`
  return layout(context, {
    ...{ title, surface: 'narrow', styles: ['confirm'] },
    main: besideAdvice(column, stayingSafe(context)),
  })
}
