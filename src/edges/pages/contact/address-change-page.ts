import {
  ADDRESS_LINE_LENGTH_MAX,
  ADDRESS_LINES,
  type AddressChange,
  lineToMend,
  type TypedAddress,
} from '#core/contact/address-change.ts'
import type { Refusal } from '#core/problems.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import {
  errorSummary,
  field,
  formField,
  headline,
  notice,
  pressForm,
} from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { CONTACT_GUIDE } from '#edges/pages/help/help-articles.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { SEND_PAGE } from '#edges/pages/documents/document-pages.ts'

export const POSTAL_PAGE = `${SECURITY_PAGES.contact}/postal`

export interface MovingFacts extends Seen {
  readonly typed: TypedAddress
  readonly refusal: Refusal | null
}

/** Where a client types the postal address that they have moved to. */
export function movingPage(context: PageContext, facts: MovingFacts): Html {
  const { texts } = context
  const { text } = texts
  const { typed, refusal, token } = facts
  const title = text('contact.postal.title')
  const error = refusal ? text(`problem.${refusal.problem}`) : null
  const toMend = refusal?.problem === 'contact.postal' ? lineToMend(typed) : ADDRESS_LINES[0]
  const rows = ADDRESS_LINES.map((name) =>
    field({
      id: name,
      label: text(`contact.postal.line.${name}`),
      attributes: `type="text" maxlength="${MAX}" autocomplete="${COMPLETES[name]}"`,
      value: typed[name],
      ...(name === toMend && error !== null && { error }),
    }),
  )
  const main = html`<div class="column stack loose">
${errorSummary(texts, error === null ? [] : [{ field: toMend, text: error }])}
${crumbs(context, title, { address: SECURITY_PAGES.contact, title: 'contact.title' })}
${headline(title, text('contact.postal.lead'))}
<form class="stack loose" method="post" action="${POSTAL_PAGE}" novalidate>
${formField(token)}${rows}
<div class="row"><button class="button">${text('contact.postal.button')}</button>
<a href="${SECURITY_PAGES.contact}">${text('contact.postal.back')}</a></div></form>
<p class="quiet small">${text('contact.postal.residence')}</p>
${methodGuide(context, CONTACT_GUIDE)}</div>`
  return portalPage(context, { ...facts, title, tab: 'security', isWrong: error !== null, main })
}

const MAX = ADDRESS_LINE_LENGTH_MAX

/** As browsers name what they fill in. */
const COMPLETES = {
  street: 'address-line1',
  more: 'address-line2',
  town: 'address-line3',
  country: 'country-name',
} as const satisfies Readonly<Record<keyof TypedAddress, string>>

/** That an address waits for its document, with the next step. */
export function movingNotice(
  { texts: { text } }: PageContext,
  { change, token }: { readonly change: AddressChange | null; readonly token: string },
): Html {
  if (!change) return NOTHING
  const words = html`${text('contact.postal.waits')}<br>${lines(change.address)}`
  return html`<section class="stack">${notice('warn', words)}
<div class="row"><a class="button" href="${SEND_PAGE}">${text('contact.postal.send')}</a>
${pressForm({
  action: `${POSTAL_PAGE}/cancel`,
  token,
  look: 'button plain',
  words: text('contact.postal.cancel'),
})}</div></section>`
}
