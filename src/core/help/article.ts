/**
 * An article of the help, as the server has read it and as the phone keeps it: plain data, drawn by
 * each in its own way.
 */
export interface Article {
  readonly title: string
  readonly blocks: readonly Block[]
}

export type Block =
  | {
      readonly kind: 'heading'
      readonly level: 2 | 3
      readonly words: Words
      readonly anchor: string
    }
  | { readonly kind: 'paragraph'; readonly words: Words }
  | { readonly kind: 'steps' | 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'table'; readonly head: Row; readonly rows: readonly Row[] }
  | { readonly kind: 'note'; readonly tone: Tone; readonly blocks: readonly Block[] }
  | { readonly kind: 'picture'; readonly alt: string; readonly file: string }

/** A point or a step: its sentence, and what stands below it. */
export interface Item {
  readonly words: Words
  readonly blocks: readonly Block[]
}

export type Row = readonly Words[]

/** What a note is: worth knowing, or a danger. */
export const TONES = ['note', 'warning'] as const
export type Tone = (typeof TONES)[number]

export type Words = readonly Piece[]
export type Piece =
  | string
  | { readonly kind: 'strong'; readonly words: Words }
  | { readonly kind: 'link'; readonly to: string; readonly words: Words }
  | { readonly kind: 'break' }
  /** A figure or something else that the server knows; a phone gets articles without these. */
  | { readonly kind: 'fill'; readonly name: string }

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
      sections.push({ heading: plain(block.words), anchor: block.anchor, words: '' })
    const last = sections.at(-1)
    if (last) sections[sections.length - 1] = { ...last, words: `${last.words} ${wordsOf(block)}` }
  }
  return sections
}

function wordsOf(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return plain(block.words)
    case 'steps':
    case 'list':
      return block.items.map((one) => `${plain(one.words)} ${allWordsOf(one.blocks)}`).join(' ')
    case 'table':
      return [block.head, ...block.rows].flat().map(plain).join(' ')
    case 'note':
      return allWordsOf(block.blocks)
    case 'heading':
    case 'picture':
      return ''
  }
}

const allWordsOf = (blocks: readonly Block[]): string => blocks.map(wordsOf).join(' ')

/** Every block, also those within steps, points and notes. */
export const allBlocks = (blocks: readonly Block[]): readonly Block[] =>
  blocks.flatMap((block) => {
    if ('items' in block) return [block, ...block.items.flatMap((one) => allBlocks(one.blocks))]
    return 'blocks' in block ? [block, ...allBlocks(block.blocks)] : [block]
  })

/** Every sentence, heading and cell. */
export const allWords = (blocks: readonly Block[]): readonly Words[] =>
  allBlocks(blocks).flatMap((block) => {
    if ('words' in block) return [block.words]
    if ('items' in block) return block.items.map((one) => one.words)
    return 'rows' in block ? [block.head, ...block.rows].flat() : []
  })

/** What is not known yet is no word. */
export const plain = (words: Words): string =>
  words
    .map((piece) => {
      if (typeof piece === 'string') return piece
      return 'words' in piece ? plain(piece.words) : ' '
    })
    .join('')

interface Change {
  words(words: Words): Words
  picture(file: string): string
}

/** The same blocks with other words, and pictures at other addresses. */
export function changedBlocks(blocks: readonly Block[], change: Change): readonly Block[] {
  return blocks.map((block) => {
    switch (block.kind) {
      case 'heading':
      case 'paragraph':
        return { ...block, words: change.words(block.words) }
      case 'steps':
      case 'list':
        return {
          ...block,
          items: block.items.map(({ words, blocks: below }) => ({
            words: change.words(words),
            blocks: changedBlocks(below, change),
          })),
        }
      case 'table':
        return {
          ...block,
          head: block.head.map(change.words),
          rows: block.rows.map((row) => row.map(change.words)),
        }
      case 'note':
        return { ...block, blocks: changedBlocks(block.blocks, change) }
      case 'picture':
        return { ...block, file: change.picture(block.file) }
    }
  })
}

/** Every name is replaced by what it stands for, also within bold words and links. */
export const filledWords = (words: Words, filled: (name: string) => Words): Words =>
  words.flatMap((piece): Words => {
    if (typeof piece === 'string') return [piece]
    if (piece.kind === 'fill') return filled(piece.name)
    return 'words' in piece ? [{ ...piece, words: filledWords(piece.words, filled) }] : [piece]
  })
