import { html, type Html } from '#edges/pages/frame/html.ts'
import { numbered } from '#edges/pages/frame/parts.ts'

/**
 * An article of the help, as it stands in `help/`: Markdown with headings, paragraphs, lists, bold
 * words, links and pictures, and nothing else. Whatever is not one of these is text, and is escaped
 * like any other.
 *
 * @see docs/decisions/0025-help-is-markdown-that-we-read-ourselves.md
 */
export interface Article {
  readonly title: string
  readonly blocks: readonly Block[]
}

type Block =
  | { readonly kind: 'heading' | 'paragraph'; readonly text: string }
  | { readonly kind: 'steps' | 'list'; readonly items: readonly string[] }
  | { readonly kind: 'picture'; readonly alt: string; readonly file: string }

/** What the pages around an article know and it does not. */
export interface Surroundings {
  readonly telephone: Html
  /** Where no text alone sets up a new phone, as words. */
  readonly placesWithoutTexts: string
  /** The picture of a file that an article names. */
  picture(file: string, alt: string): Html
}

const TITLE = /^# (.+)$/
const PICTURE = /^!\[([^\]]+)\]\(([^)]+)\)$/
const STEP = /^\d+\. /
const ITEM = /^- /
const LINKS = /(?<!!)\[[^\]]+\]\(([^)]+)\)/g

/** Reads an article; throws at the start of the server when it is not one. */
export function readArticle(markdown: string): Article {
  const [first = '', ...rest] = markdown.trim().split(/\n{2,}/)
  const title = TITLE.exec(first)?.[1]
  if (title === undefined) throw new Error('an article begins with its title')
  for (const [, target = ''] of markdown.matchAll(LINKS)) addressOf(target)
  return { title, blocks: rest.map(blockOf) }
}

function blockOf(source: string): Block {
  const picture = PICTURE.exec(unwrapped(source))
  if (picture) return { kind: 'picture', alt: picture[1] ?? '', file: picture[2] ?? '' }
  if (source.startsWith('## ')) return { kind: 'heading', text: unwrapped(source.slice(3)) }
  if (STEP.test(source)) return { kind: 'steps', items: itemsOf(source, STEP) }
  if (ITEM.test(source)) return { kind: 'list', items: itemsOf(source, ITEM) }
  return { kind: 'paragraph', text: unwrapped(source) }
}

/** Lines that go on are indented. */
const itemsOf = (source: string, mark: RegExp): readonly string[] =>
  source.split(/\n(?! )/).map((item) => unwrapped(item.replace(mark, '')))

const unwrapped = (source: string): string => source.replaceAll(/\s*\n\s*/g, ' ')

export const articleBody = ({ blocks }: Article, around: Surroundings): Html =>
  html`${blocks.map((block) => drawn(block, around))}`

function drawn(block: Block, around: Surroundings): Html {
  switch (block.kind) {
    case 'heading':
      return html`<h2>${inline(block.text, around)}</h2>
`
    case 'paragraph':
      return html`<p>${inline(block.text, around)}</p>
`
    case 'steps':
      return numbered(block.items.map((item) => inline(item, around)))
    case 'list':
      return html`<ul>${itemList(block.items, around)}</ul>
`
    case 'picture':
      return html`<figure>${around.picture(block.file, block.alt)}</figure>
`
  }
}

const itemList = (items: readonly string[], around: Surroundings): Html =>
  html`${items.map((item) => html`<li>${inline(item, around)}</li>`)}`

const INLINE = /(\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\)|\{\{telephone\}\}|\{\{places-without-texts\}\})/
const BOLD = /^\*\*(.+)\*\*$/
const LINK = /^\[(.+)\]\((.+)\)$/

const inline = (text: string, around: Surroundings): Html =>
  html`${text.split(INLINE).map((part) => inlinePart(part, around))}`

function inlinePart(part: string, around: Surroundings): Html | string {
  const bold = BOLD.exec(part)
  if (bold) return html`<strong>${bold[1]}</strong>`
  const link = LINK.exec(part)
  if (link) return html`<a href="${addressOf(link[2] ?? '')}">${link[1]}</a>`
  if (part === '{{places-without-texts}}') return around.placesWithoutTexts
  return part === '{{telephone}}' ? around.telephone : part
}

/** Another article by the name of its file, or a page of this house. */
function addressOf(target: string): string {
  const article = /^([a-z-]+)\.md$/.exec(target)
  if (article) return `/help/${article[1]}`
  if (/^\/[a-z#/-]+$/.test(target)) return target
  throw new Error(`an article leads to other articles and to pages of this house, not to ${target}`)
}
