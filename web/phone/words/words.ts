import { type NameOf, phraseOf, type Values } from './phrase.ts'

/** The texts of the app in one language; the other one is not loaded. */

export type Language = 'en' | 'fr'

export type Name = NameOf<typeof import('../../../locales/en.json')['phone']>

const load = {
  en: () => import('./words-en.ts'),
  fr: () => import('./words-fr.ts'),
} as const satisfies Record<Language, () => Promise<unknown>>

let spoken: {
  readonly phrases: Awaited<ReturnType<typeof load.en>>['phone']
  readonly language: Language
}

/** To be awaited once before anything is drawn, and again when the language changes. */
export async function speak(language: Language): Promise<void> {
  spoken = { phrases: (await load[language]()).phone, language }
  document.documentElement.lang = language
}

export const language = (): Language => spoken.language

export const t = (name: Name, values?: Values): string => phraseOf(spoken, name, values)
