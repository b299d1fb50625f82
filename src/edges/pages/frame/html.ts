import { html as template, raw } from 'hono/html'
import type { Texts, Values } from '#edges/texts/texts.ts'

/** A piece of a page; what was put into it has been escaped. */
export type Html = ReturnType<typeof raw>

/**
 * The template tag of every page: it escapes whatever is put in, unless that is `Html` itself.
 *
 * None of our pieces waits for anything, so neither does the whole.
 */
export const html = template as (strings: TemplateStringsArray, ...values: Piece[]) => Html

type Piece = Html | string | number | false | null | undefined | readonly (Html | string)[]

/**
 * Text that is HTML already because it stands in this repository. Never for what a visitor typed.
 */
export const trusted = (text: string): Html => raw(text)

export const NOTHING: Html = raw('')

/**
 * The words of a key as HTML: what is put in stands out, and so does what is between two pairs of
 * asterisks.
 */
export function rich({ segments }: Texts, key: string, values: Values = {}): Html {
  const pieces = segments(key).map((segment, index) =>
    index % 2 === 1 ? standingOut(String(values[segment] ?? '')) : emphasised(segment),
  )
  return html`${pieces}`
}

/** One word with a hyphen, such as a user name or a serial number, stays in one line. */
const standingOut = (value: string): Html =>
  WHOLE.test(value)
    ? html`<strong class="whole">${value}</strong>`
    : html`<strong>${value}</strong>`

const WHOLE = /^(?=\S{1,24}$)\S+-\S+$/

const emphasised = (text: string): Html => {
  const parts = text.split('**')
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<strong>${part}</strong>` : part))}`
}

/** A text of several lines, as it was written. */
export const lines = (text: string): Html =>
  html`${text.split('\n').map((line, at) => (at === 0 ? line : html`<br>${line}`))}`
