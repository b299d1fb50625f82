import type { Letter } from '#core/notices/letter.ts'
import { typefaceInside } from '#edges/brand/typeface.ts'
import { html, type Html, lines, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { texts } from '#edges/texts/texts.ts'

/**
 * A file for a printer: each letter on a sheet of its own, with its address where the window of an
 * envelope is (DIN 5008, form B: 20 mm from the left, 45 mm from the top). It brings its
 * typeface and needs nothing from anywhere, so that it prints the same on every machine, also one
 * without a network; it is read aloud as what it is, a letter with a heading.
 */
export function lettersPage(letters: readonly Letter[]): string {
  const [first] = letters
  const language = first?.language ?? 'en'
  const title =
    letters.length === 1 && first ? first.reference : texts(language).text('letter.title')
  const none = html`<p>${texts(language).text('letter.none')}</p>`
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<title>${title}</title><style>${trusted(typefaceInside())}${STYLE}</style></head>
<body>${letters.length === 0 ? none : NOTHING}${letters.map(sheet)}</body></html>
`
  return String(page)
}

function sheet(letter: Letter): Html {
  const { text } = texts(letter.language)
  const values = { reference: letter.reference }
  return html`<article lang="${letter.language}" aria-labelledby="${letter.id}">
<div class="window"><p class="sender">${letter.sender}</p>
<address>${lines(letter.address)}</address></div>
<p class="date">${letter.date}<br>${text('letter.reference', values)}</p>
<h1 id="${letter.id}">${letter.subject}</h1>
${letter.paragraphs.map(
  (words) => html`<p>${words}</p>
`,
)}<p class="end">${letter.sender}</p>
</article>
`
}

const STYLE = trusted(`
@page { size: A4; margin: 0 }
body { margin: 0; color: #000; background: #fff; font: 11pt/1.5 "Public Sans", sans-serif }
article { box-sizing: border-box; position: relative; width: 210mm; min-height: 296mm }
article { padding: 105mm 25mm 20mm; break-after: page }
article:last-child { break-after: auto }
.window { position: absolute; top: 45mm; left: 20mm; width: 85mm; min-height: 45mm }
.window { overflow-wrap: anywhere }
.window p, address { margin: 0; padding-left: 5mm; font-style: normal; line-height: 1.35 }
.sender { height: 17.7mm; display: flex; align-items: end; font-size: 8pt }
.date { position: absolute; top: 50mm; left: 125mm; margin: 0 }
h1 { margin: 0 0 1.2em; font-size: 12pt }
p { margin: 0 0 1em }
.end { margin-top: 2em }
@media screen { body { background: #ddd } article { margin: 8mm auto; background: #fff } }
`)
