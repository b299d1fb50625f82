import en from '../../locales/en.json' with { type: 'json' }
import fr from '../../locales/fr.json' with { type: 'json' }

export type Language = 'en' | 'fr'

/** The words of one key of the section `trade`, with values in their places. */
export type Words = (key: string, values?: Readonly<Record<string, string>>) => string

const CATALOGUES: Readonly<Record<Language, unknown>> = { en: en.trade, fr: fr.trade }

export function wordsIn(language: Language): Words {
  return (key, values = {}) => {
    const text = key
      .split('.')
      .reduce<unknown>(
        (at, part) => (at as Record<string, unknown> | undefined)?.[part],
        CATALOGUES[language],
      )
    if (typeof text !== 'string') throw new Error(`no text is called trade.${key}`)
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  }
}

/** What was chosen here, else what the browser prefers, else English. */
export function languageOf(chosen: string | undefined, accepted: string | undefined): Language {
  if (chosen === 'en' || chosen === 'fr') return chosen
  const first = (accepted ?? '').split(',').map((entry) => entry.trim().slice(0, 2).toLowerCase())
  return (
    first.find((language): language is Language => language === 'en' || language === 'fr') ?? 'en'
  )
}
