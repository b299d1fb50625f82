import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { SIGN } from '#edges/pages/frame/icons.ts'
import type { PageContext, Site } from '#edges/pages/frame/site.ts'
import { texts } from '#edges/texts/texts.ts'

/** What a page is made of; the frame around it is the same for all pages of a surface. */
export interface Page {
  readonly title: string
  /** Something has to be corrected: the title says so first. */
  readonly isWrong?: boolean
  readonly surface: 'narrow' | 'portal'
  readonly styles?: readonly StyleName[]
  readonly script?: ScriptName
  /** A script that a method has asked for, by its name. */
  readonly methodScript?: string | undefined
  /** Goes on by itself, at once, without a script. */
  readonly refreshTo?: string
  /** To the right of the brand; where nothing is given it is the other language. */
  readonly corner?: Html
  /** Between masthead and page. */
  readonly tabs?: Html
  readonly main: Html
}

export type StyleName = 'confirm' | 'portal' | 'sheet' | 'help'
export type ScriptName = 'login' | 'step' | 'portal' | 'sheet'

/** A whole page. */
export function layout(context: PageContext, page: Page): Html {
  const { texts: t, site } = context
  const { surface, title, isWrong = false } = page
  const name = site.settings.name
  const heading = isWrong ? t.text('common.error-title', { title }) : title
  const refresh = page.refreshTo
    ? html`<meta http-equiv="refresh" content="0;url=${page.refreshTo}">`
    : NOTHING
  const corner = page.corner ?? languageLink(context)
  return html`<!doctype html>
<html lang="${t.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.text('common.page-title', { title: heading, name })}</title>
${linksOf(site, page)}${refresh}
</head>
<body class="${surface}">
<a class="hidden" href="#main">${t.text('common.skip')}</a>
<header class="bar"><div class="wrap split">${brand(site)}${corner}</div></header>
${page.tabs ?? NOTHING}<main class="wrap" id="main">${page.main}</main>
${foot(site, t.language)}
</body>
</html>
`
}

function linksOf(site: Site, { styles = [], script, methodScript }: Page): Html {
  return once(site, `links ${styles.join()} ${script} ${methodScript}`, () => {
    const scripts = [script, methodScript].flatMap((name) =>
      name === undefined ? [] : (site.assets.built(`web/enhance/${name}.ts`) ?? []),
    )
    const modules = scripts.map((file) => html`<script type="module" src="${file}"></script>`)
    return html`<link rel="icon" href="/icon.svg" type="image/svg+xml">
${styleLinks(site, ['core', ...styles])}${modules}`
  })
}

/** The style sheets of these names, then the brand's colour, which has the last word. */
export function styleLinks(site: Site, names: readonly string[]): Html {
  const built = names.map((name) => site.assets.built(`web/style/${name}.css`))
  const all = [...built, site.accentStyle?.address ?? null].filter((address) => address !== null)
  return html`${all.map((address) => html`<link rel="stylesheet" href="${address}">`)}`
}

const brand = (site: Site): Html =>
  once(site, 'brand', () => html`<a class="brand" href="/">${SIGN}${site.settings.name}</a>`)

/** Only the other language: in the one that is read already there is nothing to choose. */
function languageLink({ address, texts: t }: PageContext): Html {
  const other = LANGUAGES.find((language) => language !== t.language) ?? 'en'
  const link = `${address}${address.includes('?') ? '&' : '?'}language=${other}`
  const words = texts(other).text('common.language-name')
  return html`<nav class="small" aria-label="${t.text('common.language')}">
<a href="${link}" lang="${other}" hreflang="${other}">${words}</a></nav>`
}

const foot = (site: Site, language: Language): Html =>
  once(site, `foot ${language}`, () => {
    const { text } = texts(language)
    const tel = telephone(site)
    return html`<footer class="foot"><div class="wrap split">
<a href="/help">${text('common.help')}</a><span>${text('common.call-us')} ${tel}</span>
</div></footer>`
  })

/** The one thing to do where only our desk can help. */
export const callButton = ({ site, texts: { text } }: PageContext): Html =>
  html`<a class="button" href="${dialled(site)}">${text('common.call-us')} ${numberOf(site)}</a>`

/**
 * The number of the desk: to be called where the page is read on a telephone, and never torn apart.
 */
export const telephone = (site: Site): Html =>
  once(site, 'telephone', () => html`<a href="${dialled(site)}">${numberOf(site)}</a>`)

const dialled = ({ settings: { helpLine } }: Site): string =>
  `tel:${helpLine.replaceAll(/[^+\d]/g, '')}`

const numberOf = ({ settings: { helpLine } }: Site): string => helpLine.replaceAll(' ', '\u00a0')

/** Pieces that are the same on every page of an installation are made once. */
function once(site: Site, name: string, make: () => Html): Html {
  const made = piecesOf.get(site) ?? new Map<string, Html>()
  piecesOf.set(site, made)
  const found = made.get(name)
  if (found) return found
  const piece = trusted(String(make()))
  made.set(name, piece)
  return piece
}

const piecesOf = new WeakMap<Site, Map<string, Html>>()

/** The column of a login page, with one piece of advice beside it. */
export const besideAdvice = (column: Html, aside: Html): Html =>
  html`<div class="beside"><div class="column stack loose">
${column}
</div><aside class="stack small">${aside}</aside></div>`

/** What to look at before one types a password. */
export const stayingSafe = ({ site, texts: { language } }: PageContext): Html =>
  once(site, `safe ${language}`, () => {
    const { text } = texts(language)
    const address = text('common.safe.address', { address: site.settings.issuer })
    return html`<h2 class="hidden">${text('common.safe.title')}</h2>
<p><strong>${text('common.safe.look')}</strong><br>${address}</p>
<p class="quiet">${text('common.safe.never')}</p>`
  })

/** What to say on the telephone. */
export function ifYouCall({ site, texts: { text } }: PageContext, reference: string | null): Html {
  const code =
    reference === null
      ? NOTHING
      : html`<p class="quiet">${text('common.call.reference')}</p><p class="mono">${reference}</p>`
  return html`<p><strong>${text('common.call.title')}</strong></p>${code}<p>${telephone(site)}</p>`
}
