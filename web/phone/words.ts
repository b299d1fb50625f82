import { keep } from './bindings.ts'
import { type NameOf, phraseOf, type Values } from './phrase.ts'
import { ASKED } from './task.ts'

/** The texts of the app in one language; the other one is not loaded. */

export type Language = 'en' | 'fr'

export type Name = NameOf<typeof import('../../locales/en.json')['phone']>

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

/** The service worker shows notifications while the app is closed; it finds their words where the app left them. */
export const rememberNotification = (): Promise<void> =>
  keep('notification', {
    login: { title: t('notification.title'), body: t('notification.body') },
    task: { title: t('notification.task'), body: t('notification.task-body') },
    doing: new Map(ASKED.map(([kind, words]) => [kind, t(words)])),
  })
