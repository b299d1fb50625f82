/** What clients read, and the words that the glossary refuses. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Language } from './readability.ts'

export interface ClientText {
  /** A key of the catalogue, or an article. */
  readonly name: string
  /** What is measured together: a section of the catalogue, or an article. */
  readonly part: string
  readonly text: string
}

/** Every text of the catalogue, and every article of the help. */
export function textsIn(language: Language): ClientText[] {
  const catalogue: unknown = JSON.parse(readFileSync(`locales/${language}.json`, 'utf8'))
  const articles = globSync(`help/${language}/*.md`).sort()
  return [
    ...flat(catalogue, []),
    ...articles.map((file) => {
      const name = `help/${basename(file, '.md')}`
      return { name, part: name, text: readFileSync(file, 'utf8') }
    }),
  ]
}

function flat(value: unknown, path: readonly string[]): ClientText[] {
  if (typeof value === 'string') return [{ name: path.join('.'), part: path[0] ?? '', text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, [...path, key]))
}

/** The last two columns of the table: what is not said in English, and in French. */
export function refusedWords(glossary: string): Readonly<Record<Language, readonly string[]>> {
  const rows = glossary
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const words = (column: number) =>
    rows.flatMap((cells) =>
      [...(cells[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, it]) => it ?? ''),
    )
  return { en: words(4), fr: words(5) }
}

/** Whether a text says a word. Addresses of links and place holders are not said. */
export function saidIn(text: string, word: string): boolean {
  const said = text.replace(/\]\([^)]*\)|\{\{[^}]*\}\}|\*/g, ' ').replace(/\s+/g, ' ')
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}’-])${literal}(?![\\p{L}\\p{N}’-])`, 'iu').test(said)
}
