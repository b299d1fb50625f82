import { WORDS_MAX } from '#core/help/search.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { field } from '#edges/pages/frame/parts.ts'

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
