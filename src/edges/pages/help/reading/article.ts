import {
  type Article,
  type Block,
  filledWords,
  type Item,
  type Piece,
  plain,
  type Words,
} from '#core/help/article.ts'
import { numbered } from '#edges/pages/frame/parts.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import { icon } from '#edges/pages/frame/icons.ts'

/** What the pages around an article know and it does not. */
export interface Surroundings {
  /** What stands for a name between double braces: a figure, the telephone number, places. */
  filled(name: string): Words
  /** The picture of a file that an article names. */
  picture(file: string, alt: string): Html
}

/** An article as a part of a page; whatever is in it is escaped. */
export const articleBody = ({ blocks }: Pick<Article, 'blocks'>, around: Surroundings): Html =>
  html`${blocks.map((block) => drawn(block, around))}`

function drawn(block: Block, around: Surroundings): Html {
  const said = (words: Words) => wordsHtml(filledWords(words, around.filled))
  const item = ({ words, blocks }: Item) => html`${said(words)}${articleBody({ blocks }, around)}`
  switch (block.kind) {
    case 'heading':
      return block.level === 2
        ? html`<h2 id="${block.anchor}">${said(block.words)}</h2>
`
        : html`<h3 id="${block.anchor}">${said(block.words)}</h3>
`
    case 'paragraph':
      return html`<p>${said(block.words)}</p>
`
    case 'steps':
      return numbered(block.items.map(item))
    case 'list':
      return html`<ul>${block.items.map((one) => html`<li>${item(one)}</li>`)}</ul>
`
    case 'table':
      return tableOf(block, said)
    case 'note': {
      const tone = block.tone === 'warning' ? 'notice warn' : 'notice'
      const drawing = icon(block.tone === 'warning' ? 'warn' : 'info')
      return html`<div class="${tone}" role="note">${drawing}<div class="stack">${articleBody(
        block,
        around,
      )}</div></div>
`
    }
    case 'picture':
      return html`<figure>${around.picture(block.file, block.alt)}</figure>
`
  }
}

/** The first cell names its row. On a narrow page each cell says of which column it is. */
function tableOf(
  { head, rows }: Extract<Block, { kind: 'table' }>,
  said: (words: Words) => Html,
): Html {
  const lines = rows.map(
    ([first = [], ...cells]) =>
      html`<tr><th scope="row">${said(first)}</th>${cells.map(
        (cell, at) => html`<td data-label="${plain(head[at + 1] ?? [])}">${said(cell)}</td>`,
      )}</tr>
`,
  )
  return html`<table><thead><tr>${head.map(
    (cell) => html`<th scope="col">${said(cell)}</th>`,
  )}</tr></thead><tbody>
${lines}</tbody></table>
`
}

/** Words with what is bold, leads on, or begins a line in them. */
export const wordsHtml = (words: Words): Html => html`${words.map(pieceHtml)}`

function pieceHtml(piece: Piece): Html | string {
  if (typeof piece === 'string') return piece
  switch (piece.kind) {
    case 'strong':
      return html`<strong>${wordsHtml(piece.words)}</strong>`
    case 'link':
      return html`<a href="${piece.to}">${wordsHtml(piece.words)}</a>`
    case 'break':
      return html`<br>`
    case 'fill':
      throw new Error(`{{${piece.name}}} was not filled in`)
  }
}
