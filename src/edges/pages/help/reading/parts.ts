import MarkdownIt, { type Token } from 'markdown-it'

/**
 * Markdown as a tree of parts: the library cuts it, and nothing that it would print as HTML is
 * used. What is not among these rules, such as HTML, is text.
 */
const MARKDOWN = new MarkdownIt('zero').enable([
  ...(['heading', 'list', 'table', 'blockquote'] as const),
  ...(['link', 'image', 'emphasis', 'escape'] as const),
])
// Every address is a part. The reader refuses more of them than the library does, and says so.
MARKDOWN.validateLink = () => true
MARKDOWN.normalizeLink = (address) => address

/** A part: `paragraph`, `strong`, `text` and so on, by the names of the library. */
export interface Part {
  readonly type: string
  /** `h2` for a heading of the second level. */
  readonly tag: string
  readonly content: string
  readonly parts: readonly Part[]
  attribute(name: string): string | null
}

export const partsOf = (markdown: string): readonly Part[] => treeOf(MARKDOWN.parse(markdown, {}))

function treeOf(tokens: readonly Token[]): readonly Part[] {
  const whole: Part[] = []
  const open = [whole]
  for (const token of tokens) {
    if (token.nesting === -1) {
      open.pop()
      continue
    }
    const parts = [...treeOf(token.children ?? [])]
    open.at(-1)?.push({
      type: token.type.replace(/_open$/, ''),
      tag: token.tag,
      content: token.content,
      parts,
      attribute: (name) => token.attrs?.find(([own]) => own === name)?.[1]?.toString() ?? null,
    })
    if (token.nesting === 1) open.push(parts)
  }
  return whole
}
