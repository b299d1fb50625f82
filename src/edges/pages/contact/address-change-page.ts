import {
  ADDRESS_LINES,
  type AddressChange,
  type AddressFaults,
  type TypedAddress,
} from '#core/contact/address-change.ts'
import { samplePostcode } from '#core/contact/postcode.ts'
import type { Refusal } from '#core/problems.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import {
  carried,
  choice,
  errorSummary,
  field,
  type FieldError,
  formField,
  headline,
  notice,
  pressForm,
} from '#edges/pages/frame/parts.ts'
import { crumbs, portalPage, type Seen } from '#edges/pages/frame/portal-layout.ts'
import { orderWith, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { CONTACT_GUIDE } from '#edges/pages/help/help-articles.ts'
import { methodGuide } from '#edges/pages/help/help-articles.ts'
import { countriesIn } from '#edges/texts/countries.ts'
import { SEND_PAGE } from '#edges/pages/documents/document-pages.ts'

export const POSTAL_PAGE = `${SECURITY_PAGES.contact}/postal`

/** From where a client comes who goes back there, with what was chosen. */
export interface Coming {
  readonly from: '' | 'order'
  readonly why: string
}

export interface MovingFacts extends Seen {
  readonly coming: Coming
  readonly typed: TypedAddress
  readonly refusal: Refusal | null
  readonly faults: AddressFaults
  /** There is an address that letters go to until then. */
  readonly isOnRecord: boolean
}

/** Where a client types the postal address that they have moved to, or their first one. */
export function movingPage(context: PageContext, facts: MovingFacts): Html {
  const { texts } = context
  const { text } = texts
  const { typed, token, isOnRecord, coming } = facts
  const errors = errorsOf(context, facts)
  const words = isOnRecord ? 'contact.postal' : 'contact.postal.first'
  const title = text(`${words}.title`)
  const rows = ADDRESS_LINES.map((name) => {
    const error = errors.find((one) => one.field === name)?.text
    const shown = { id: name, label: text(`contact.postal.line.${name}`), error }
    if (name === 'country') return choice({ ...shown, ...countryChoice(context, typed.country) })
    const attributes = `type="text" autocomplete="${COMPLETES[name]}"`
    return field({ ...shown, attributes, value: typed[name] })
  })
  const back =
    coming.from === 'order'
      ? html`<a href="${orderWith(coming.why)}">${text('contact.postal.back-to-order')}</a>`
      : html`<a href="${SECURITY_PAGES.contact}">${text('contact.postal.back')}</a>`
  const main = html`<div class="column stack loose">
${errorSummary(texts, errors)}
${crumbs(context, title, { address: SECURITY_PAGES.contact, title: 'contact.title' })}
${headline(title, text(`${words}.lead`))}
<form class="stack loose" method="post" action="${POSTAL_PAGE}" novalidate>
${formField(token)}${coming.from === '' ? NOTHING : carried({ ...coming })}${rows}
<div class="row"><button class="button">${text('contact.postal.button')}</button>
${back}</div></form>
<p class="quiet small">${text('contact.postal.residence')}</p>
${methodGuide(context, CONTACT_GUIDE)}</div>`
  return portalPage(context, { ...facts, title, tab: 'security', isWrong: errors.length > 0, main })
}

/** Each line that is to be mended, with its own sentence. */
function errorsOf(
  { texts: { text } }: PageContext,
  { typed, refusal, faults }: MovingFacts,
): readonly FieldError[] {
  if (!refusal) return []
  if (refusal.problem !== 'contact.postal')
    return [{ field: ADDRESS_LINES[0], text: text(`problem.${refusal.problem}`) }]
  const example = samplePostcode(typed.country) ?? ''
  return ADDRESS_LINES.flatMap((name) => {
    const fault = faults[name]
    if (fault === undefined) return []
    const key = fault === 'together' ? fault : `${name}.${fault}`
    return [{ field: name, text: text(`contact.postal.fault.${key}`, { example }) }]
  })
}

function countryChoice({ texts: { text, language } }: PageContext, chosen: string) {
  const countries = countriesIn(language).map(({ letters, name }) => [letters, name] as const)
  return {
    attributes: `autocomplete="${COMPLETES.country}"`,
    options: [['', text('contact.postal.choose')] as const, ...countries],
    chosen,
  }
}

/** As browsers name what they fill in. */
const COMPLETES = {
  street: 'address-line1',
  more: 'address-line2',
  town: 'address-line3',
  country: 'country',
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
