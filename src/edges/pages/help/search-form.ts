import { html, type Html } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { field } from '#edges/pages/frame/parts.ts'

/** What fits the field; a longer question tells no more. */
export const WORDS_MAX = 100

/** The search of the help: an ordinary form, whose answer has an address that can be sent. */
export const searchForm = ({ texts: { text } }: PageContext, words = ''): Html =>
  html`<form class="stack" role="search" action="/help/search">${field({
    id: 'q',
    label: text('login.help.search.label'),
    hint: text('login.help.search.hint'),
    value: words,
    attributes: `type="search" maxlength="${WORDS_MAX}" required autocomplete="off"`,
  })}
<button class="button plain">${text('login.help.search.button')}</button></form>
`
