import type { Order } from '#core/orders/order.ts'
import type { Language } from '#core/subscribers/account.ts'
import { typefaceInside } from '#edges/brand/typeface.ts'
import { html, lines, trusted } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'
import { countryName, namesCountry } from '#edges/texts/countries.ts'

/**
 * A file for a printer of labels: to whom an envelope goes, and from whom it comes. What is in it
 * stands nowhere on it; the end of the number of the order says which envelope it belongs to.
 */
export function labelPage(
  { texts, site }: Pick<PageContext, 'texts' | 'site'>,
  { id, address, country }: Pick<Order, 'id' | 'address' | 'country'>,
): string {
  const number = id.slice(-NUMBER_LENGTH)
  return String(html`<!doctype html>
<html lang="${texts.language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<title>${number}</title><style>${trusted(typefaceInside())}${STYLE}</style></head>
<body><p class="sender">${site.settings.name}</p>
<address>${lines(withCountry(texts.language, { address, country }))}</address>
<p class="number">${number}</p></body></html>
`)
}

const NUMBER_LENGTH = 6

/**
 * The country stands last, in capital letters, as the post of every country reads it. Where the
 * address names one already, that one counts: an order knows the country of the residence alone.
 */
function withCountry(
  language: Language,
  { address, country }: Pick<Order, 'address' | 'country'>,
): string {
  const last = address.split('\n').at(-1) ?? ''
  if (country === null || namesCountry(last)) return address
  return `${address}\n${countryName(language, country).toLocaleUpperCase(language)}`
}

const STYLE = trusted(`
@page { size: 100mm 62mm; margin: 0 }
body { box-sizing: border-box; width: 100mm; min-height: 61mm; margin: 0; padding: 6mm 8mm }
body { display: flex; flex-direction: column; color: #000; background: #fff }
body { font: 12pt/1.35 "Public Sans", sans-serif; overflow-wrap: anywhere }
p { margin: 0; font-size: 8pt }
address { flex: 1; margin: 4mm 0; font-style: normal }
@media screen { html { background: #ddd } body { margin: 8mm auto } }
`)
