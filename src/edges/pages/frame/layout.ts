import type { Words } from '#core/help/article.ts'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { TYPEFACE } from '#edges/brand/typeface.ts'
import { html, type Html, NOTHING, trusted } from '#edges/pages/frame/html.ts'
import { SIGN } from '#edges/pages/frame/icons.ts'
import type { PageContext, Site } from '#edges/pages/frame/site.ts'
import { texts, type Texts } from '#edges/texts/texts.ts'

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
  /** The other language, in the foot, where the corner holds something else. */
  readonly language?: Html
  /** Between masthead and page. */
  readonly tabs?: Html
  readonly main: Html
}

export type StyleName = 'confirm' | 'portal' | 'sheet' | 'help'
export type ScriptName = 'connectivity' | 'login' | 'step' | 'portal' | 'sheet'

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
<footer class="foot"><div class="wrap split">${help(t)}${page.language ?? NOTHING}
${callUs(site, t.language)}${legal(site, t.language)}</div></footer>
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
  const all = [...built, site.brand.colours?.address ?? null].filter((address) => address !== null)
  const links = all.map((address) => html`<link rel="stylesheet" href="${address}">`)
  return html`${typefaceLink(site)}${links}`
}

/** Asked for with the page, before a style sheet names it: fewer pages are seen in another face. */
function typefaceLink({ assets }: Site): Html {
  const file = assets.built(TYPEFACE)
  if (file === null) return NOTHING
  return html`<link rel="preload" href="${file}" as="font" type="font/woff2" crossorigin>`
}

const brand = (site: Site): Html =>
  once(site, 'brand', () => {
    const {
      brand: { logo },
      settings,
    } = site
    if (logo === null) return html`<a class="brand" href="/">${SIGN}${settings.name}</a>`
    const dark = logo.dark
      ? html`<source srcset="${logo.dark.address}" media="(prefers-color-scheme: dark)">`
      : NOTHING
    const light = html`<img src="${logo.light.address}" alt="${settings.name}">`
    return html`<a class="brand" href="/"><picture>${dark}${light}</picture></a>`
  })

/** Only the other language: in the one that is read already there is nothing to choose. */
export function languageLink({ address, texts: t }: PageContext): Html {
  const other = LANGUAGES.find((language) => language !== t.language) ?? 'en'
  const link = `${address}${address.includes('?') ? '&' : '?'}language=${other}`
  const words = texts(other).text('common.language-name')
  return html`<nav class="small" aria-label="${t.text('common.language')}">
<a href="${link}" lang="${other}" hreflang="${other}">${words}</a></nav>`
}

const help = ({ text }: Texts): Html => html`<a href="/help">${text('common.help')}</a>`

const callUs = (site: Site, language: Language): Html =>
  once(site, `call ${language}`, () => {
    const { text } = texts(language)
    const more = html` <a href="/help#call">${text('common.other-countries')}</a>`
    const elsewhere = Object.keys(site.settings.helpLines).length > 0 ? more : NOTHING
    return html`<span>${text('common.call-us')} ${telephone(site)}${elsewhere}</span>`
  })

/** What the law wants to be read on every page. */
const legal = (site: Site, language: Language): Html =>
  once(site, `legal ${language}`, () => {
    const { legal: lines } = site.settings.brand
    if (lines.length === 0) return NOTHING
    return html`<div class="legal">${lines.map((line) => html`<p>${line[language]}</p>`)}</div>`
  })

/** The one thing to do where only our desk can help. */
export const callButton = (
  { site: { settings }, texts: { text } }: PageContext,
  number = settings.helpLine,
): Html =>
  html`<a class="button" href="${addressOf(number)}">${text('common.call-us')} ${unbroken(
    number,
  )}</a>`

/**
 * The number of the desk: to be called where the page is read on a telephone, and never torn apart.
 */
export const telephone = (site: Site): Html =>
  once(site, 'telephone', () => linkTo(site.settings.helpLine))

/** The number of the technical desk, where there is one: a device does not work (R115). */
export const technicalTelephone = (site: Site): Html =>
  once(site, 'technical', () => linkTo(technicalNumber(site)))

export const technicalNumber = ({ settings: { technicalLine, helpLine } }: Site): string =>
  technicalLine ?? helpLine

const linkTo = (number: string): Html =>
  html`<a href="${addressOf(number)}">${unbroken(number)}</a>`

/** The same link, in an article of the help. */
export const telephoneWords = (number: string): Words => [
  { kind: 'link', to: addressOf(number), words: [unbroken(number)] },
]

const addressOf = (number: string): string => `tel:${number.replaceAll(/[^+\d]/g, '')}`

const unbroken = (number: string): string => number.replaceAll(' ', '\u00a0')

/** The numbers of the desk by country, in the order of their names; nothing where it has one. */
export function telephonesByCountry({ site, texts: { language } }: PageContext): Html {
  const names = new Intl.DisplayNames(language, { type: 'region' })
  const rows = Object.entries(site.settings.helpLines)
    .map(([country, number]) => ({ name: names.of(country) ?? country, number }))
    .toSorted((one, other) => one.name.localeCompare(other.name, language))
    .map(({ name, number }) => {
      return html`<div><dt>${name}</dt><dd>${linkTo(number)}</dd></div>`
    })
  return rows.length === 0 ? NOTHING : html`<dl class="facts tight">${rows}</dl>`
}

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
