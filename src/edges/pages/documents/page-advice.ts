import type { Advice } from '#core/documents/legibility.ts'
import { faultOf, type Submission } from '#core/documents/submission.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** What to do better, each in a drawing: the picture as it is, and as it is to be. */

/** A page in a picture, as it is to be, on a grid of 48. */
const RIGHT = '<rect x="14" y="8" width="20" height="30"/><path d="M18 15h12M18 21h12M18 27h8"/>'
const PAGE = '<rect x="14" y="8" width="20" height="30"/>'
const TEXT = '<path d="M18 15h12M18 21h12M18 27h8"/>'

/** On the same grid; `.shade` is filled. */
const WRONG: Readonly<Record<Advice, string>> = {
  blank: PAGE,
  dark: `<rect class="shade" x="4" y="3" width="40" height="40"/>${PAGE}${TEXT}`,
  'cut-off': '<path d="M20 43V14h24M24 21h20M24 27h20M24 33h20"/>',
  'two-pages':
    '<rect x="7" y="12" width="15" height="22"/><path d="M10 18h9M10 23h9"/>' +
    '<rect x="26" y="12" width="15" height="22"/><path d="M29 18h9M29 23h9"/>',
  'too-far': '<rect x="20" y="18" width="8" height="12"/><path d="M22 22h4M22 25h4"/>',
  glare: `${PAGE}<path d="M18 15h12M18 33h12"/><circle class="shade" cx="24" cy="24" r="6"/>
<path d="M24 14.500v2M24 31.500v2M14 24h2.500M31.500 24h2.500"/>`,
  shadow: `<path class="shade" d="M4 43L34 3h10v40z"/>${PAGE}${TEXT}`,
  blurred: `${PAGE}<path d="M17 14q3-3 6 0t6 0M19 16q3-3 6 0t6 0M17 21q3-3 6 0t6 0M19 23q3-3 6 0t6 0
M17 28q3-3 6 0t4 0M19 30q3-3 6 0"/>`,
  skewed: `<g transform="rotate(32 24 23)">${PAGE}${TEXT}</g>`,
}

const framed = (drawing: string): string =>
  `<rect x="4" y="3" width="40" height="40" rx="3"/>${drawing}`

const drawingOf = (advice: Advice): Html =>
  trusted(
    `<svg class="better" viewBox="0 0 120 48" aria-hidden="true">${framed(WRONG[advice])}` +
      '<path d="M50 23h18M62 17l6 6-6 6"/>' +
      `<g transform="translate(72 0)">${framed(RIGHT)}</g></svg>`,
  )

/**
 * What is wrong with the pages of a submission, each in a line of its own. When a person has
 * decided, their reason stands there, and no advice beside it.
 */
export function faultsOf(
  { texts: { text } }: PageContext,
  { pages, isDecided }: Pick<Submission, 'pages'> & { readonly isDecided: boolean },
): Html {
  const lines = pages.flatMap((page, index) => {
    const fault = faultOf(page)
    if (fault === null || (isDecided && page.opened?.ok)) return []
    const words = text(`submissions.${fault}`, { page: String(index + 1) })
    return [html`<br><span class="small">${words}</span>`]
  })
  return html`${lines}`
}

/** The first page that can be photographed better, in words and in a drawing; nothing for none. */
export function betterPhoto({ texts: { text } }: PageContext, { pages }: Submission): Html {
  const index = pages.findIndex(({ opened }) => opened?.ok && opened.legibility?.advice)
  const opened = pages[index]?.opened
  const advice = opened?.ok ? opened.legibility?.advice : null
  if (!advice) return NOTHING
  const words = text(`submissions.better.${advice}`, { page: String(index + 1) })
  return html`${drawingOf(advice)}<p><strong>${words}</strong></p>
<p>${text('submissions.better-lead')}</p>`
}
