/**
 * How easy a text reads, by the formula that is made for its language.
 *
 * @see Kincaid et al. 1975, "Derivation of New Readability Formulas": the grade of a school
 * @see Kandel and Moles 1958, "Application de l’indice de Flesch à la langue française": an ease
 *   from 0 to 100, of which Flesch gives 60 to the end of the eighth grade
 */

export const LANGUAGES = ['en', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

/** At most this many words in a sentence that a client reads. */
export const WORDS_MAX = 20
export const GRADE_MAX = 8
export const EASE_MIN = 60

export interface Measured {
  readonly words: number
  readonly sentences: number
  readonly syllables: number
}

/** What a reader sees: without marks, addresses and pictures. A place holder is a word. */
function readable(text: string): string {
  return text
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\{\{[^}]*\}\}/g, 'that')
    .replace(/\*\*|[#“”«»"]/g, '')
}

/** A sentence ends at a full stop, a question or an exclamation mark; a colon ends none. */
export const sentencesOf = (text: string): string[] =>
  readable(text)
    .split(/(?<=[.!?])[)\s]+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => wordsOf(sentence).length > 0)

/** What stands between spaces and has a letter or a digit. */
export const wordsOf = (sentence: string): string[] =>
  sentence.split(/[\s–—/]+/).filter((word) => /[\p{L}\p{N}]/u.test(word))

export function measured(texts: Iterable<string>, language: Language): Measured {
  // A label or a button is no sentence: hundreds of them would make every catalogue look easy.
  const sentences = [...texts].flatMap(sentencesOf).filter((one) => /[.!?]$/.test(one))
  const words = sentences.flatMap(wordsOf)
  return {
    sentences: sentences.length,
    words: words.length,
    syllables: words.reduce((sum, word) => sum + syllablesOf(word, language), 0),
  }
}

/** Flesch-Kincaid: the grade of a school in which English like this is read. */
export const gradeOf = ({ words, sentences, syllables }: Measured): number =>
  words === 0 ? 0 : 0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59

/** Kandel-Moles: the ease of French, 100 being the easiest. */
export const easeOf = ({ words, sentences, syllables }: Measured): number =>
  words === 0 ? 100 : 207 - 1.015 * (words / sentences) - 73.6 * (syllables / words)

export function isEasy(of: Measured, language: Language): boolean {
  return language === 'en' ? gradeOf(of) <= GRADE_MAX : easeOf(of) >= EASE_MIN
}

/** Groups of vowels without those that are written and not said: at least one. */
export function syllablesOf(word: string, language: Language): number {
  const letters = word.toLowerCase().replace(/[^\p{L}]/gu, '')
  const said = language === 'en' ? spokenEnglish(letters) : spokenFrench(letters)
  return Math.max(1, said)
}

function spokenEnglish(word: string): number {
  const silent = /^y|(?:(?<=[^aeiouycghsxz])es|(?<=[^td])ed|(?<=[^l])e)$/g
  const said = word.replace(silent, '')
  const groups = said.match(/[aeiouy]+/g) ?? []
  // "client", "being", "create": two vowels that are said one after the other.
  const apart = said.match(/ia(?!l$)|io(?!n)|ie(?=n)|ei(?=ng)|ua(?=l)|eat(?=[ei])/g) ?? []
  return groups.length + apart.length
}

function spokenFrench(word: string): number {
  const said = word.replace(/(?<=[^aeiouyàâéèêëîïôûùœ])es?$/, '')
  return said.match(/[aeiouyàâéèêëîïôûùœ]+/g)?.length ?? 0
}
