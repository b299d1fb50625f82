import en from '../../locales/en.json' with { type: 'json' }
import fr from '../../locales/fr.json' with { type: 'json' }

export type Language = 'en' | 'fr'

/** The words of one key of the section `sim`, with values in their places. */
export type Words = (key: string, values?: Readonly<Record<string, string>>) => string

const CATALOGUES: Readonly<Record<Language, unknown>> = { en: en.sim, fr: fr.sim }

export function wordsIn(language: Language): Words {
  return (key, values = {}) => {
    const text = key
      .split('.')
      .reduce<unknown>(
        (at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[part],
        CATALOGUES[language],
      )
    if (typeof text !== 'string') throw new Error(`no text is called sim.${key}`)
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  }
}
