import MiniSearch from 'minisearch'
import { type Answer, type Entry, entriesOf, indexOptions, searchIn } from '#core/help/search.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { articleOn } from '#edges/pages/help/help-articles.ts'
import { type Guide, GUIDES } from '#edges/pages/help/guides.ts'
import { articleFor } from '#edges/pages/help/problems/problem-articles.ts'
import { QUESTIONS } from '#edges/pages/help/questions.ts'
import { sentenceOf } from '#edges/texts/problem-words.ts'
import { texts } from '#edges/texts/texts.ts'

/** Finds articles by words, in memory: no question of a client leaves this process or is kept. */
const INDEXES = new Map<Language, MiniSearch<Entry>>()

/** Made before a server opens its doors, and with the first search elsewhere. */
export function indexOf(language: Language): MiniSearch<Entry> {
  const made = INDEXES.get(language)
  if (made) return made
  const index = new MiniSearch<Entry>(indexOptions(language))
  for (const guide of GUIDES)
    index.addAll(entriesOf(guide, articleOn(guide, language), saidBefore(guide, language)))
  INDEXES.set(language, index)
  return index
}

export const searchHelp = (language: Language, words: string): Answer =>
  searchIn(indexOf(language), words)

/** What pages and questions say that lead to an article. */
export function saidBefore(guide: Guide, language: Language): string {
  const t = texts(language)
  const codes = Object.keys(PROBLEMS) as readonly Problem[]
  const problems = codes.filter((code) => articleFor(code) === guide)
  const questions = [...QUESTIONS].filter(([, asked]) => 'guide' in asked && asked.guide === guide)
  return [
    ...problems.map((code) => sentenceOf(t, code)),
    ...questions.map(([name]) => t.text(`login.help.ask.${name}.label`)),
  ].join(' ')
}
