import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allBlocks, type Article } from '#core/help/article.ts'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { type Asset, pictureOf } from '#edges/http/assets.ts'
import { readArticle } from '#edges/pages/help/reading/read-article.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import { html, type Html, NOTHING } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Goes with every page on which an address is proven; what a method is set up with has its own. */
export const CONTACT_GUIDE: Guide = 'contact-data'

const HOUSE = fileURLToPath(new URL('../../../../', import.meta.url))

/** What was read, by language and name. A file of `help/` changes with a release only. */
const ARTICLES = new Map<string, Article>()

export function articleOn(guide: Guide, language: Language): Article {
  const name = `${language}/${guide}`
  const read = ARTICLES.get(name)
  if (read) return read
  const article = readArticle(readFileSync(join(HOUSE, 'help', `${name}.md`), 'utf8'))
  ARTICLES.set(name, article)
  return article
}

/** All of them, before a server opens its doors: one that cannot be read is found then. */
export const everyArticle = (): readonly Article[] =>
  LANGUAGES.flatMap((language) => GUIDES.map((guide) => articleOn(guide, language)))

/**
 * Where pictures of articles lie. Walkthroughs that the help shows are taken without the address of
 * their server (`scripts/walkthroughs.ts`); of the screens, the phone and the portal show none.
 */
const SHELVES = [
  { folder: '../../docs/walkthroughs/', holds: /^[a-z]{2}\/[a-z\d/-]+\.webp$/, at: '' },
  {
    folder: '../../docs/screens/',
    holds: /^(?:phone|portal)-[a-z-]+-\d+-light(?:-fr)?\.webp$/,
    at: 'screens/',
  },
] as const

let pictures: ReadonlyMap<string, Asset> | undefined

/** The pictures that articles show, by address: those of these shelves, and no other file. */
const everyPicture = (): ReadonlyMap<string, Asset> =>
  (pictures ??= new Map(
    everyArticle()
      .flatMap(({ blocks }) => allBlocks(blocks))
      .flatMap((one) => (one.kind === 'picture' ? [one.file] : []))
      .flatMap((file): readonly [string, Asset][] => {
        const path = join(HOUSE, 'help/en', file)
        // The server starts although a picture of the help is missing.
        return existsSync(path)
          ? [[pictureAddress(file), pictureOf('webp', readFileSync(path))]]
          : []
      }),
  ))

export const pictureAt = (address: string): Asset | null => everyPicture().get(address) ?? null

export function picture(file: string, alt: string): Html {
  const address = pictureAddress(file)
  const bytes = pictureAt(address)?.bytes
  if (!bytes) return html`<p class="quiet">${alt}</p>`
  // The text does not move when it has come.
  const [width, height] = sizeOf(bytes)
  return html`<img src="${address}" alt="${alt}" width="${width}"
height="${height}" loading="lazy">`
}

/**
 * Width and height, each less one, as Chromium writes them. @see RFC 9649, "Extended File Format"
 */
function sizeOf(bytes: Buffer): readonly [number, number] {
  if (bytes.toString('latin1', 12, 16) !== 'VP8X') throw new Error('not a WebP with a header')
  return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
}

export function pictureAddress(file: string): string {
  for (const { folder, holds, at } of SHELVES) {
    const name = file.slice(folder.length)
    if (file.startsWith(folder) && holds.test(name)) return `/help/pictures/${at}${name}`
  }
  throw new Error(`an article shows pictures of the walkthroughs and screens, not ${file}`)
}

/** The way to the guide that a method names; nothing where it names none. */
export function methodGuide(context: PageContext, named: string | undefined): Html {
  const guide = GUIDES.find((one) => one === named)
  return guide ? html`<p class="quiet">${articleLink(context, guide)}</p>` : NOTHING
}

/** The way to a guide. */
export function articleLink({ texts: { text, language } }: PageContext, guide: Guide): Html {
  const { title } = articleOn(guide, language)
  return html`<a href="/help/${guide}">${text('common.help-on', { title })}</a>`
}
