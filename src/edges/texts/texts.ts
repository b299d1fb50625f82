import { createInstance } from 'i18next'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { networkOf } from '#engine/network.ts'
import en from '../../../locales/en.json' with { type: 'json' }
import fr from '../../../locales/fr.json' with { type: 'json' }

export type Values = Readonly<Record<string, string | number>>

/** Everything a person reads, in one language. */
export interface Texts {
  readonly language: Language
  /** The words of a key of `locales/`; `count` among the values chooses the plural. */
  text(key: string, values?: Values): string
  /** The same words cut at their place holders: text, name, text, name, text. */
  segments(key: string): readonly string[]
}

const catalogues = createInstance()
await catalogues.init({
  fallbackLng: 'en',
  supportedLngs: LANGUAGES,
  resources: { en: { translation: en }, fr: { translation: fr } },
  // The templates of the pages escape; escaping twice would show the marks.
  interpolation: { escapeValue: false },
})

const ALL: Readonly<Record<Language, Texts>> = { en: textsIn('en'), fr: textsIn('fr') }

export const texts = (language: Language): Texts => ALL[language]

function textsIn(language: Language): Texts {
  const translate = catalogues.getFixedT(language)
  // Nearly every text is always the same: it is looked up once.
  const plain = new Map<string, string>()
  const cut = new Map<string, readonly string[]>()
  const segments = (key: string) =>
    kept(cut, key, () => translate(key, { skipInterpolation: true }).split(/\{\{([\w-]+)\}\}/))
  return {
    language,
    segments,
    text(key, values) {
      if (!values) return kept(plain, key, () => translate(key))
      // Only a plural needs the grammar of a language; everything else is filled in here.
      if ('count' in values) return translate(key, values)
      return segments(key)
        .map((segment, index) => (index % 2 === 1 ? (values[segment] ?? '') : segment))
        .join('')
    },
  }
}

function kept<T>(made: Map<string, T>, key: string, make: () => T): T {
  const found = made.get(key)
  if (found !== undefined) return found
  const value = make()
  made.set(key, value)
  return value
}

/**
 * A network address as a place to tell a client: the network and no more. It is kept with a login,
 * so it has no words in it that would belong to one language.
 */
export function placeIn(address: string): string {
  const network = networkOf(address)
  if (network === address) return '?'
  const [first = ''] = network.split('/')
  return first.includes(':') ? `${groupsOf(first)}::x` : first.replace(/\.0$/, '.x')
}

/** The three groups of a /48, with those that `::` stands for. */
const groupsOf = (first: string): string =>
  [...first.replace(/::$/, '').split(':'), '0', '0']
    .map((group) => group || '0')
    .slice(0, 3)
    .join(':')
