import en from '../../locales/en.json' with { type: 'json' }
import fr from '../../locales/fr.json' with { type: 'json' }

/** The texts of the product, so that a test reads what the client reads. */
export type Words = (key: string, values?: Readonly<Record<string, string>>) => string

export function words(language: 'en' | 'fr'): Words {
  const all: unknown = language === 'en' ? en : fr
  return (key, values = {}) => {
    const found = key
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], all)
    if (typeof found !== 'string') throw new Error(`no text ${key}`)
    return found.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => values[name] ?? '')
  }
}
