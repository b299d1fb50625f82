import { useEffect } from 'preact/hooks'
import type { Block, Item, Piece, Words } from '#core/help/article.ts'
import type { KeptArticle } from '#core/help/kept.ts'
import { Heading, Notice } from '../../layout/page.tsx'
import { t } from '../../words/words.ts'

/** An article as the server's page has it; `part` is the heading to begin at. */
export function Article(props: { readonly article: KeptArticle; readonly part: string }) {
  const { article, part } = props
  useEffect(() => {
    const heading = part === '' ? null : document.getElementById(decoded(part))
    heading?.scrollIntoView()
    heading?.focus()
  }, [article, part])
  return (
    <article class="stack loose">
      <p class="small">
        <a href="#articles">{t('help.articles')}</a>
      </p>
      <Heading>{article.title}</Heading>
      <Blocks guide={article.guide} blocks={article.blocks} />
    </article>
  )
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

interface Drawn {
  readonly guide: string
}

const Blocks = ({ guide, blocks }: Drawn & { readonly blocks: readonly Block[] }) => (
  <>
    {blocks.map((block, at) => (
      <One key={at} guide={guide} block={block} />
    ))}
  </>
)

function One({ guide, block }: Drawn & { readonly block: Block }) {
  switch (block.kind) {
    case 'heading': {
      const Level = block.level === 2 ? 'h2' : 'h3'
      return (
        <Level id={block.anchor} tabIndex={-1}>
          <Said guide={guide} words={block.words} />
        </Level>
      )
    }
    case 'paragraph':
      return (
        <p>
          <Said guide={guide} words={block.words} />
        </p>
      )
    case 'steps':
      return (
        <ol class="steps" role="list">
          <Points guide={guide} items={block.items} />
        </ol>
      )
    case 'list':
      return (
        <ul>
          <Points guide={guide} items={block.items} />
        </ul>
      )
    case 'table':
      return <Rows guide={guide} {...block} />
    case 'note':
      return (
        <Notice {...(block.tone === 'warning' && { kind: 'warn' })}>
          <Blocks guide={guide} blocks={block.blocks} />
        </Notice>
      )
    case 'picture':
      // Pictures are not kept: without a connection their words stand in their place.
      return (
        <figure>
          <img src={block.file} alt={block.alt} loading="lazy" />
        </figure>
      )
  }
}

const Points = ({ guide, items }: Drawn & { readonly items: readonly Item[] }) => (
  <>
    {items.map(({ words, blocks }, at) => (
      <li key={at}>
        <Said guide={guide} words={words} />
        <Blocks guide={guide} blocks={blocks} />
      </li>
    ))}
  </>
)

/** A narrow screen has no room for columns: each row is a list of its own, under its first cell. */
function Rows(table: Drawn & Omit<Extract<Block, { kind: 'table' }>, 'kind'>) {
  const { guide, head, rows } = table
  return (
    <>
      {rows.map(([first = [], ...cells], row) => (
        <div key={row} class="stack">
          <p>
            <strong>
              <Said guide={guide} words={first} />
            </strong>
          </p>
          <dl class="facts tight">
            {cells.map((cell, at) => (
              <div key={at}>
                <dt>
                  <Said guide={guide} words={head[at + 1] ?? []} />
                </dt>
                <dd>
                  <Said guide={guide} words={cell} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </>
  )
}

const Said = ({ guide, words }: Drawn & { readonly words: Words }) => (
  <>
    {words.map((piece, at) => (
      <Part key={at} guide={guide} piece={piece} />
    ))}
  </>
)

function Part({ guide, piece }: Drawn & { readonly piece: Piece }) {
  if (typeof piece === 'string') return <>{piece}</>
  switch (piece.kind) {
    case 'strong':
      return (
        <strong>
          <Said guide={guide} words={piece.words} />
        </strong>
      )
    case 'link':
      return (
        <a href={addressOf(guide, piece.to)}>
          <Said guide={guide} words={piece.words} />
        </a>
      )
    case 'break':
      return <br />
    case 'fill':
      // The server has filled in all of them.
      return null
  }
}

const ARTICLE = /^\/help\/([a-z-]+)$/

/** Other articles and headings have addresses in the app; everything else is a page. */
function addressOf(guide: string, to: string): string {
  if (to.startsWith('#')) return articleAddress(guide, to.slice(1))
  const other = ARTICLE.exec(to)?.[1]
  return other === undefined ? to : articleAddress(other)
}

export const articleAddress = (guide: string, part = ''): string =>
  part === '' ? `#article=${guide}` : `#article=${guide}/${encodeURIComponent(part)}`
