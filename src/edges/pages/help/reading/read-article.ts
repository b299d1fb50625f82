import {
  allBlocks,
  allWords,
  type Article,
  type Block,
  type Item,
  type Piece,
  plain,
  type Row,
  TONES,
  type Words,
} from '#core/help/article.ts'
import { isFillIn } from '#edges/pages/help/reading/fill-ins.ts'
import { type Part, partsOf } from '#edges/pages/help/reading/parts.ts'

/**
 * Reads an article of `help/`; throws at the start of the server when it is not one. What a part of
 * Markdown becomes is decided here, and a part that is not known here is refused.
 *
 * @see docs/decisions/0086-markdown-it-cuts-the-help-into-parts.md
 */
export function readArticle(markdown: string): Article {
  const [first, ...parts] = partsOf(markdown)
  if (first?.tag !== 'h1') throw new Error('an article begins with its title')
  const blocks = parts.map(blockOf)
  const anchors = allBlocks(blocks).flatMap((one) => (one.kind === 'heading' ? [one.anchor] : []))
  const twice = anchors.find((anchor, at) => anchors.indexOf(anchor) !== at)
  if (twice !== undefined) throw new Error(`an article has two headings ${twice}`)
  for (const to of allWords(blocks).flatMap(linksIn))
    if (to.startsWith('#') && !anchors.includes(to.slice(1)))
      throw new Error(`an article has no heading ${to}`)
  return { title: plain(wordsOf(first)), blocks }
}

function blockOf(part: Part): Block {
  switch (part.type) {
    case 'heading':
      return headingOf(part)
    case 'paragraph':
      return pictureOf(part) ?? { kind: 'paragraph', words: wordsOf(part) }
    case 'ordered_list':
      if (part.attribute('start') !== null) throw new Error('steps begin with 1')
      return { kind: 'steps', items: part.parts.map(itemOf) }
    case 'bullet_list':
      return { kind: 'list', items: part.parts.map(itemOf) }
    case 'table':
      return tableOf(part)
    case 'blockquote':
      return noteOf(part)
    default:
      throw new Error(`an article has no part that is a ${part.type}`)
  }
}

function headingOf(part: Part): Block {
  const level = { h2: 2, h3: 3 }[part.tag]
  if (level !== 2 && level !== 3) throw new Error('an article has one title, and two levels below')
  const words = wordsOf(part)
  return { kind: 'heading', level, words, anchor: anchorOf(plain(words)) }
}

/** The sentence of a point stands in its first line. */
function itemOf({ parts: [first, ...below] }: Part): Item {
  if (first?.type !== 'paragraph') throw new Error('a point begins with words')
  return { words: wordsOf(first), blocks: below.map(blockOf) }
}

function tableOf({ parts: [top, body] }: Part): Block {
  const rowOf = (row: Part): Row => row.parts.map(wordsOf)
  const [head] = (top?.parts ?? []).map(rowOf)
  if (!head) throw new Error('a table begins with its head')
  return { kind: 'table', head, rows: (body?.parts ?? []).map(rowOf) }
}

/** As GitHub writes them: a quotation whose first line says what kind of note it is. */
function noteOf({ parts }: Part): Block {
  const [first, ...others] = parts.map(blockOf)
  const [mark, ...words] = first?.kind === 'paragraph' ? first.words : []
  const [whole = '', name] = MARK.exec(typeof mark === 'string' ? mark : '') ?? []
  const tone = TONES.find((one) => one.toUpperCase() === name)
  if (typeof mark !== 'string' || !tone) throw new Error('a note begins with its kind')
  const said: Block = { kind: 'paragraph', words: [mark.slice(whole.length), ...words] }
  return { kind: 'note', tone, blocks: [said, ...others] }
}

const wordsOf = ({ parts }: Part): Words =>
  parts.flatMap((part) => (part.type === 'inline' ? part.parts.flatMap(pieceOf) : []))

function pieceOf(part: Part): Words {
  switch (part.type) {
    case 'text':
      return piecesIn(part.content)
    case 'strong':
      return [{ kind: 'strong', words: part.parts.flatMap(pieceOf) }]
    case 'link':
      return [{ kind: 'link', to: addressOf(part), words: part.parts.flatMap(pieceOf) }]
    default:
      throw new Error(`a sentence of an article has no ${part.type}`)
  }
}

const linksIn = (words: Words): readonly string[] =>
  words.flatMap((piece) => {
    if (typeof piece === 'string' || !('words' in piece)) return []
    return piece.kind === 'link' ? [piece.to, ...linksIn(piece.words)] : linksIn(piece.words)
  })

/** A paragraph that is a picture and nothing else. */
function pictureOf({ parts: [inline] }: Part): Block | null {
  const [image, ...others] = inline?.parts ?? []
  if (image?.type !== 'image' || others.length > 0) return null
  return { kind: 'picture', alt: image.content, file: image.attribute('src') ?? '' }
}

const MARK = /^\[!([A-Z]+)\] /
const FILL_INS = /(\{\{[^}]*\}\})/
const FILL_IN = /^\{\{(.*)\}\}$/

/** Text without its line breaks, and names between double braces for themselves. */
const piecesIn = (text: string): Words =>
  text
    .replaceAll(/[ \t]*\n[ \t]*/g, ' ')
    .split(FILL_INS)
    .filter((part) => part !== '')
    .map((part): Piece => {
      const name = FILL_IN.exec(part)?.[1]
      if (name === undefined) return part
      if (!isFillIn(name)) throw new Error(`an article names {{${name}}}, and nothing is called so`)
      return { kind: 'fill', name }
    })

/** As GitHub names a heading, so that a link within an article leads there in both places. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

/** Another article by the name of its file, a page of this house, or a heading of this article. */
function addressOf(link: Part): string {
  const target = link.attribute('href') ?? ''
  if (link.attribute('title') !== null) throw new Error('a link has no title beside its words')
  if (/^#[\p{L}\p{N}_-]+$/u.test(target)) return target
  const article = /^([a-z-]+)\.md$/.exec(target)
  if (article) return `/help/${article[1]}`
  if (/^\/[a-z#/-]+$/.test(target)) return target
  throw new Error(`an article leads to other articles and to pages of this house, not to ${target}`)
}
