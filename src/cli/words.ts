import { LANGUAGES } from '#core/subscribers/account.ts'
import { instant } from '#core/time/time.ts'
import { type Formats, formatsOf } from '#edges/texts/formats.ts'
import { texts } from '#edges/texts/texts.ts'
import type { Words } from '#methods/words.ts'

/** No day is the one before it. */
const FAR_AWAY = instant(0)

/** The words that methods use outside our pages, by the clock of the brokerage. */
export function wordsOf(timeZone: string): Words {
  const formats = new Map<string, Formats>(
    LANGUAGES.map((language) => [language, formatsOf(language, timeZone)]),
  )
  const formatsIn = (language: string): Formats => {
    const found = formats.get(language)
    if (!found) throw new Error(`nothing is written in ${language}`)
    return found
  }
  return {
    text: (language, key, values) => texts(language).text(key, values),
    time: (language, at) => formatsIn(language).time(at),
    // What is read tomorrow must not say today.
    moment: (language, at) => formatsIn(language).moment(at, FAR_AWAY),
    date: (language, at) => formatsIn(language).date(at),
    amount: (language, cents) => formatsIn(language).amount(cents),
    decimal: (language, digits, decimals) => formatsIn(language).decimal(digits, decimals),
    zone: formatsIn('en').zone,
  }
}
