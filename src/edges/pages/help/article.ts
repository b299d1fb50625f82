import { html, type Html } from '#edges/pages/frame/html.ts'
import { numbered } from '#edges/pages/frame/parts.ts'
import { type FillIn, isFillIn } from '#edges/pages/help/fill-ins.ts'

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
  | { readonly kind: 'heading'; readonly text: string; readonly anchor: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'steps' | 'list'; readonly items: readonly string[] }
  | { readonly kind: 'picture'; readonly alt: string; readonly file: string }

/** What the pages around an article know and it does not. */
export interface Surroundings {
  /** What stands for a name between double braces: a figure, the telephone number, places. */
  filled(name: FillIn): Html | string
  /** The picture of a file that an article names. */
  picture(file: string, alt: string): Html
}

const TITLE = /^# (.+)$/
const PICTURE = /^!\[([^\]]+)\]\(([^)]+)\)$/
const STEP = /^\d+\. /
const ITEM = /^- /
const FILL_INS = /\{\{([^}]*)\}\}/g
const LINKS = /(?<!!)\[[^\]]+\]\(([^)]+)\)/g

/** Reads an article; throws at the start of the server when it is not one. */
export function readArticle(markdown: string): Article {
  const [first = '', ...rest] = markdown.trim().split(/\n{2,}/)
  const title = TITLE.exec(first)?.[1]
  if (title === undefined) throw new Error('an article begins with its title')
  const blocks = rest.map(blockOf)
  const anchors = blocks.flatMap((block) => (block.kind === 'heading' ? [block.anchor] : []))
  for (const [, target = ''] of markdown.matchAll(LINKS)) {
    addressOf(target)
    if (target.startsWith('#') && !anchors.includes(target.slice(1)))
      throw new Error(`an article has no heading ${target}`)
  }
  for (const [, name = ''] of markdown.matchAll(FILL_INS))
    if (!isFillIn(name)) throw new Error(`an article names {{${name}}}, and nothing is called so`)
  return { title, blocks }
}

function blockOf(source: string): Block {
  const picture = PICTURE.exec(unwrapped(source))
  if (picture) return { kind: 'picture', alt: picture[1] ?? '', file: picture[2] ?? '' }
  if (source.startsWith('## ')) {
    const text = unwrapped(source.slice(3))
    return { kind: 'heading', text, anchor: anchorOf(text) }
  }
  if (STEP.test(source)) return { kind: 'steps', items: itemsOf(source, STEP) }
  if (ITEM.test(source)) return { kind: 'list', items: itemsOf(source, ITEM) }
  return { kind: 'paragraph', text: unwrapped(source) }
}

/** As GitHub names a heading, so that a link within an article leads there in both places. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

/** Lines that go on are indented. */
const itemsOf = (source: string, mark: RegExp): readonly string[] =>
  source.split(/\n(?! )/).map((item) => unwrapped(item.replace(mark, '')))

const unwrapped = (source: string): string => source.replaceAll(/\s*\n\s*/g, ' ')

/** A part of an article under one heading, as plain words; the first has no heading. */
export interface Section {
  readonly heading: string
  readonly anchor: string
  readonly words: string
}

/** The words of an article, for those that look for one. */
export function sectionsOf({ blocks }: Article): readonly Section[] {
  const sections: Section[] = [{ heading: '', anchor: '', words: '' }]
  for (const block of blocks) {
    if (block.kind === 'heading')
      sections.push({ heading: plain(block.text), anchor: block.anchor, words: '' })
    const last = sections.at(-1)
    if (last) sections[sections.length - 1] = { ...last, words: `${last.words} ${wordsOf(block)}` }
  }
  return sections
}

function wordsOf(block: Block): string {
  if (block.kind === 'paragraph') return plain(block.text)
  return 'items' in block ? block.items.map(plain).join(' ') : ''
}

const plain = (text: string): string =>
  text
    .replaceAll(FILL_INS, ' ')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('**', '')

export const articleBody = ({ blocks }: Article, around: Surroundings): Html =>
  html`${blocks.map((block) => drawn(block, around))}`

function drawn(block: Block, around: Surroundings): Html {
  switch (block.kind) {
    case 'heading':
      return html`<h2 id="${block.anchor}">${inline(block.text, around)}</h2>
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

const INLINE = /(\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\)|\{\{[^}]*\}\})/
const BOLD = /^\*\*(.+)\*\*$/
const LINK = /^\[(.+)\]\((.+)\)$/
const FILL_IN = /^\{\{(.*)\}\}$/

const inline = (text: string, around: Surroundings): Html =>
  html`${text.split(INLINE).map((part) => inlinePart(part, around))}`

function inlinePart(part: string, around: Surroundings): Html | string {
  const bold = BOLD.exec(part)
  if (bold) return html`<strong>${bold[1]}</strong>`
  const link = LINK.exec(part)
  if (link) return html`<a href="${addressOf(link[2] ?? '')}">${inline(link[1] ?? '', around)}</a>`
  const name = FILL_IN.exec(part)?.[1] ?? ''
  return isFillIn(name) ? around.filled(name) : part
}

/** Another article by the name of its file, or a page of this house. */
function addressOf(target: string): string {
  if (/^#[\p{L}\p{N}_-]+$/u.test(target)) return target
  const article = /^([a-z-]+)\.md$/.exec(target)
  if (article) return `/help/${article[1]}`
  if (/^\/[a-z#/-]+$/.test(target)) return target
  throw new Error(`an article leads to other articles and to pages of this house, not to ${target}`)
}
