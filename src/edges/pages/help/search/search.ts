import MiniSearch from 'minisearch'
import type { Language } from '#core/subscribers/account.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { type Section, sectionsOf } from '#core/help/article.ts'
import { articleOn } from '#edges/pages/help/help-articles.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import { articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { QUESTIONS } from '#edges/pages/help/questions.ts'
import { termIn } from '#edges/pages/help/search/terms.ts'
import { sentenceOf } from '#edges/texts/problem-words.ts'
import { texts } from '#edges/texts/texts.ts'

/**
 * Finds articles by words, in memory: no question of a client leaves this process or is kept.
 *
 * @see docs/decisions/0071-the-help-is-searched-with-minisearch.md
 */
export interface Found {
  readonly guide: Guide
  readonly title: string
  /** The part of the article that is nearest; `null` for its beginning. */
  readonly section: Pick<Section, 'heading' | 'anchor'> | null
}

/** Whether every word was found, only some of them, or none. */
export type Finding = 'all' | 'some' | 'none'

export interface Answer {
  readonly finding: Finding
  readonly found: readonly Found[]
}

const RESULTS_MAX = 8

/** A part of an article, as it is indexed. */
interface Entry {
  readonly id: string
  readonly guide: Guide
  readonly title: string
  readonly heading: string
  readonly anchor: string
  readonly words: string
  /** What pages and questions say that lead here: a client may type a sentence that they read. */
  readonly said: string
}

const INDEXES = new Map<Language, MiniSearch<Entry>>()

/** Made before a server opens its doors, and with the first search elsewhere. */
export function indexOf(language: Language): MiniSearch<Entry> {
  const made = INDEXES.get(language)
  if (made) return made
  const index = indexIn(language)
  INDEXES.set(language, index)
  return index
}

export function searchHelp(language: Language, words: string): Answer {
  const index = indexOf(language)
  const all = nearest(index, words, 'AND')
  if (all.length > 0) return { finding: 'all', found: all }
  const some = nearest(index, words, 'OR')
  return { finding: some.length > 0 ? 'some' : 'none', found: some }
}

/** Each article once, with the part of it that is nearest. */
function nearest(
  index: MiniSearch<Entry>,
  words: string,
  combineWith: 'AND' | 'OR',
): readonly Found[] {
  const found = new Map<Guide, Found>()
  for (const one of index.search(words, { combineWith })) {
    const { guide, title, heading, anchor } = one as unknown as Entry
    if (found.has(guide)) continue
    const section = heading === '' ? null : { heading, anchor }
    found.set(guide, { guide, title, section })
    if (found.size === RESULTS_MAX) break
  }
  return [...found.values()]
}

/** Letters that may differ: one in an ordinary word; two in a long one, where two are exchanged. */
function typosIn(term: string): number | false {
  if (term.length < 4) return false
  return term.length < 8 ? 1 : 2
}

function indexIn(language: Language): MiniSearch<Entry> {
  const index = new MiniSearch<Entry>({
    fields: ['title', 'heading', 'words', 'said'],
    storeFields: ['guide', 'title', 'heading', 'anchor'],
    processTerm: (term) => termIn(language, term),
    searchOptions: {
      boost: { title: 4, heading: 2 },
      prefix: (term) => term.length > 2,
      fuzzy: typosIn,
    },
  })
  index.addAll(GUIDES.flatMap((guide) => entriesOf(guide, language)))
  return index
}

function entriesOf(guide: Guide, language: Language): readonly Entry[] {
  const article = articleOn(guide, language)
  return sectionsOf(article).map(({ heading, anchor, words }, at) => ({
    id: `${guide} ${at}`,
    guide,
    title: article.title,
    heading,
    anchor,
    words,
    said: at === 0 ? saidBefore(guide, language) : '',
  }))
}

function saidBefore(guide: Guide, language: Language): string {
  const t = texts(language)
  const codes = Object.keys(PROBLEMS) as readonly Problem[]
  const problems = codes.filter((code) => articleFor(code) === guide)
  const questions = [...QUESTIONS].filter(([, asked]) => 'guide' in asked && asked.guide === guide)
  return [
    ...problems.map((code) => sentenceOf(t, code)),
    ...questions.map(([name]) => t.text(`login.help.ask.${name}.label`)),
  ].join(' ')
}
