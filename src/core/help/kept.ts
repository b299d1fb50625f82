import type { Article } from '#core/help/article.ts'

/** The help of one language as a phone keeps it: figures filled in, in the order of the shelves. */
export interface KeptHelp {
  readonly form: typeof KEPT_FORM
  readonly shelves: readonly KeptShelf[]
  /** What the search says, by name. */
  readonly phrases: Readonly<Record<string, string>>
}

export interface KeptShelf {
  readonly title: string
  readonly articles: readonly KeptArticle[]
}

export interface KeptArticle extends Article {
  readonly guide: string
  /** What pages say that lead to it. */
  readonly said: string
}

/** Rises when an app cannot read what the next one keeps. */
export const KEPT_FORM = 1
