/** Prints how easy the texts read: `npm run readability`. */
import {
  EASE_MIN,
  easeOf,
  GRADE_MAX,
  gradeOf,
  LANGUAGES,
  type Language,
  measured,
  WORDS_MAX,
} from './readability.ts'
import { textsIn } from './texts.ts'

const NAMES = {
  en: `Flesch-Kincaid grade (at most ${GRADE_MAX})`,
  fr: `Kandel-Moles ease (at least ${EASE_MIN})`,
} as const

for (const language of LANGUAGES) {
  const texts = textsIn(language)
  const parts = Map.groupBy(texts, ({ part }) => part)
  console.log(`\n${language}: ${NAMES[language]}, words of a sentence (at most ${WORDS_MAX})\n`)
  for (const [part, those] of [...parts, ['all', texts] as const]) print(language, part, those)
}

function print(
  language: Language,
  part: string,
  texts: readonly { readonly text: string }[],
): void {
  const of = measured(
    texts.map(({ text }) => text),
    language,
  )
  if (of.sentences === 0) return
  const value = language === 'en' ? gradeOf(of) : easeOf(of)
  const mean = (of.words / of.sentences).toFixed(1)
  console.log(`${part.padEnd(22)} ${value.toFixed(1).padStart(6)} ${mean.padStart(6)}`)
}
