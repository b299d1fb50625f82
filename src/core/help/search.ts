import { type Article, type Section, sectionsOf } from '#core/help/article.ts'
import { termIn } from '#core/help/terms.ts'
import type { Language } from '#core/subscribers/account.ts'

/**
 * How the help is searched, on the server and on a phone without a connection: what is indexed, how
 * words are compared, and what comes first.
 *
 * @see docs/decisions/0071-the-help-is-searched-with-minisearch.md
 */
export interface Found {
  readonly guide: string
  readonly title: string
  /** The part of the article that is nearest; `null` for its beginning. */
  readonly section: Pick<Section, 'heading' | 'anchor'> | null
}

/** Whether every word was found, only some of them, or none. */
export const FINDINGS = ['all', 'some', 'none'] as const
export type Finding = (typeof FINDINGS)[number]

export interface Answer {
  readonly finding: Finding
  readonly found: readonly Found[]
}

/** What fits the field; a longer question tells no more. */
export const WORDS_MAX = 100
const RESULTS_MAX = 8

/** A part of an article, as it is indexed. */
export interface Entry extends Section {
  readonly id: string
  readonly guide: string
  readonly title: string
  /** What pages and questions say that lead here: a client may type a sentence that they read. */
  readonly said: string
}

export function entriesOf(guide: string, article: Article, said: string): readonly Entry[] {
  return sectionsOf(article).map((section, at) => ({
    ...section,
    id: `${guide} ${at}`,
    guide,
    title: article.title,
    said: at === 0 ? said : '',
  }))
}

/** For the index of `minisearch`. */
export const indexOptions = (language: Language) => ({
  fields: ['title', 'heading', 'words', 'said'],
  storeFields: ['guide', 'title', 'heading', 'anchor'],
  processTerm: (term: string) => termIn(language, term),
  searchOptions: {
    boost: { title: 4, heading: 2 },
    prefix: (term: string) => term.length > 2,
    fuzzy: typosIn,
  },
})

/** Letters that may differ: one in an ordinary word; two in a long one, where two are exchanged. */
function typosIn(term: string): number | false {
  if (term.length < 4) return false
  return term.length < 8 ? 1 : 2
}

/** An index that was made with these options. */
interface Index {
  search(words: string, how: { readonly combineWith: 'AND' | 'OR' }): readonly object[]
}

export function searchIn(index: Index, words: string): Answer {
  const all = nearest(index, words, 'AND')
  if (all.length > 0) return { finding: 'all', found: all }
  const some = nearest(index, words, 'OR')
  return { finding: some.length > 0 ? 'some' : 'none', found: some }
}

/** Each article once, with the part of it that is nearest. */
function nearest(index: Index, words: string, combineWith: 'AND' | 'OR'): readonly Found[] {
  const found = new Map<string, Found>()
  for (const one of index.search(words, { combineWith })) {
    // An index keeps what it was told to store.
    const { guide, title, heading, anchor } = one as Entry
    if (found.has(guide)) continue
    const section = heading === '' ? null : { heading, anchor }
    found.set(guide, { guide, title, section })
    if (found.size === RESULTS_MAX) break
  }
  return [...found.values()]
}
