import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { COUNTRIES } from '#core/subscribers/country.ts'

export interface CountryName {
  readonly letters: string
  readonly name: string
}

const LISTS = new Map<Language, readonly CountryName[]>()

/** The countries as they are called in this language, in its order. */
export function countriesIn(language: Language): readonly CountryName[] {
  const made = LISTS.get(language)
  if (made) return made
  const { compare } = new Intl.Collator(language)
  const list = COUNTRIES.map((letters) => ({ letters, name: countryName(language, letters) }))
  list.sort((one, other) => compare(one.name, other.name))
  LISTS.set(language, list)
  return list
}

/** What these letters stand for: `France`, `États-Unis`. */
export const countryName = (language: Language, letters: string): string =>
  (NAMES[language].of(letters) ?? letters).normalize('NFC')

const NAMES: Readonly<Record<Language, Intl.DisplayNames>> = {
  en: new Intl.DisplayNames('en-GB', { type: 'region' }),
  fr: new Intl.DisplayNames('fr', { type: 'region' }),
}

/** As people shorten them on an envelope. */
const SHORT = ['USA', 'UK', 'UAE']

/** Whether this line of an address is the name of a country, however it is written. */
export const namesCountry = (line: string): boolean =>
  [...LANGUAGES.flatMap(namesIn), ...SHORT].some((name) => lettersOf(name) === lettersOf(line))

const namesIn = (language: Language): readonly string[] =>
  countriesIn(language).map(({ name }) => name)

const lettersOf = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/[^\p{L}]/gu, '')
    .toUpperCase()
