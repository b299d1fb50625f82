import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { isCountry } from '#core/subscribers/country.ts'

/** Of a country by its two letters, in words; letters that are no country stay as they are. */
export function countryName(language: Language, code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code
  return new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const PAIRS = LETTERS.flatMap((one) => LETTERS.map((other) => `${one}${other}`))

/** As people shorten them on an envelope. */
const SHORT = ['USA', 'UK', 'UAE']

/** Whether this line of an address is the name of a country, however it is written. */
export function namesCountry(line: string): boolean {
  const known = LANGUAGES.flatMap((language) => {
    const names = new Intl.DisplayNames(language, { type: 'region' })
    return PAIRS.filter(isCountry).map((code) => names.of(code) ?? code)
  })
  return [...known, ...SHORT].some((name) => lettersOf(name) === lettersOf(line))
}

const lettersOf = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/[^\p{L}]/gu, '')
    .toUpperCase()
