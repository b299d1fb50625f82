import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LANGUAGES, type Language } from '#core/account.ts'
import type { Problem } from '#core/problems.ts'
import { type Asset, pngOf } from '#edges/http/assets.ts'
import { type Article, readArticle } from '#edges/pages/article.ts'
import { html, type Html, NOTHING } from '#edges/pages/html.ts'
import type { PageContext } from '#edges/pages/site.ts'

/** The guides for clients, in the order in which they are offered. */
export const GUIDES = [
  'lost-phone',
  'first-phone',
  'new-phone',
  'two-phones',
  'withdrawal',
] as const
export type Guide = (typeof GUIDES)[number]

const HOUSE = fileURLToPath(new URL('../../../', import.meta.url))

/** Read once, when the server starts: an article that cannot be read is found then. */
const ARTICLES: ReadonlyMap<string, Article> = new Map(
  LANGUAGES.flatMap((language) =>
    GUIDES.map((guide): [string, Article] => {
      const file = join(HOUSE, 'help', language, `${guide}.md`)
      return [`${language}/${guide}`, readArticle(readFileSync(file, 'utf8'))]
    }),
  ),
)

export function articleOn(guide: Guide, language: Language): Article {
  const article = ARTICLES.get(`${language}/${guide}`)
  if (!article) throw new Error(`no article ${guide} in ${language}`)
  return article
}

const SHELF = '../../docs/walkthroughs/'

/** The pictures that articles show, by address: those of the walkthroughs, and no other file. */
const PICTURES: ReadonlyMap<string, Asset> = new Map(
  [...ARTICLES.values()]
    .flatMap(({ blocks }) => blocks.flatMap((one) => (one.kind === 'picture' ? [one.file] : [])))
    .flatMap((file): readonly [string, Asset][] => {
      if (!/^\.\.\/\.\.\/docs\/walkthroughs\/[a-z\d/-]+\.png$/.test(file))
        throw new Error(`an article shows pictures of the walkthroughs, not ${file}`)
      const path = join(HOUSE, 'help/en', file)
      // Nobody is kept from logging in because a picture of the help is missing.
      return existsSync(path) ? [[pictureAddress(file), pngOf(readFileSync(path))]] : []
    }),
)

export const pictureAt = (address: string): Asset | null => PICTURES.get(address) ?? null

export function picture(file: string, alt: string): Html {
  const address = pictureAddress(file)
  const bytes = PICTURES.get(address)?.bytes
  if (!bytes) return html`<p class="quiet">${alt}</p>`
  // Width and height stand at the same place in every PNG: the text does not move when it has come.
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  return html`<img src="${address}" alt="${alt}" width="${width}" height="${height}" loading="lazy">`
}

function pictureAddress(file: string): string {
  return `/help/pictures/${file.slice(SHELF.length)}`
}

/** The guide for what a client meets once the password was right (R172); nothing helps a stranger. */
const GUIDE_ON: Readonly<Partial<Record<Problem, Guide>>> = {
  'login.card-expired': 'lost-phone',
  'login.passcode-expired': 'lost-phone',
  'login.capital-letters': 'lost-phone',
  'login.other-browser': 'lost-phone',
  'login.authenticator-locked': 'lost-phone',
  'login.authenticator-expired': 'lost-phone',
  'account.card-printing-only': 'lost-phone',
  'account.access-over': 'lost-phone',
  'enrolment.seen': 'lost-phone',
  'login.no-authenticator': 'first-phone',
  'enrolment.expired': 'first-phone',
  'enrolment.too-many-wrong-codes': 'first-phone',
  'enrolment.conflict': 'first-phone',
  'account.on-hold': 'new-phone',
  'login.too-late': 'two-phones',
  'task.over-limit': 'withdrawal',
  'task.too-weak': 'withdrawal',
  'task.not-approved': 'withdrawal',
  'task.changed': 'withdrawal',
  'task.already-used': 'withdrawal',
  'task.cancelled': 'withdrawal',
  'task.expired': 'withdrawal',
}

/** The way to the guide on a problem; nothing where there is none. */
export function guideLink({ texts: { text, language } }: PageContext, problem: Problem): Html {
  const guide = GUIDE_ON[problem]
  if (!guide) return NOTHING
  const { title } = articleOn(guide, language)
  return html`<a href="/help/${guide}">${text('common.help-on', { title })}</a>`
}
