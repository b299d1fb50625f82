import type { Asked } from '#core/notices/push-words.ts'
import type { Language } from '../words/words.ts'

/** Longer than any id, any kind, and any name of a platform. */
const LENGTH_MAX = 80

export function askedIn(message: string): Asked {
  try {
    const said = Object(JSON.parse(message)) as Readonly<Record<string, unknown>>
    const { en, fr } = Object(said['platform']) as Readonly<Record<string, unknown>>
    const [english, french] = [short(en), short(fr)]
    return {
      transaction: short(said['transaction']),
      doing: short(said['doing']),
      platform: english !== null && french !== null ? { en: english, fr: french } : null,
      language: said['language'] === 'en' || said['language'] === 'fr' ? said['language'] : null,
      alert: short(said['alert']),
      test: short(said['test']),
    }
  } catch {
    return NOTHING
  }
}

const NOTHING: Asked = {
  transaction: null,
  doing: null,
  platform: null,
  language: null,
  alert: null,
  test: null,
}

const short = (value: unknown): string | null =>
  typeof value === 'string' && value.length <= LENGTH_MAX ? value : null

/** Texts of notifications, in one language: the build puts them into the service worker. */
export type NotificationWords = typeof import('../../../locales/en.json')['phone']['notification']

/**
 * The language of a notification, by the rule of the app: one that was not heard of before is what
 * the client has chosen since; otherwise the phone keeps the one that was chosen on it.
 */
export function languageFor(
  { language }: Asked,
  {
    heard,
    spoken,
  }: { readonly heard: Language | undefined; readonly spoken: Language | undefined },
): Language {
  if (language !== null && language !== heard) return language
  return spoken ?? language ?? 'en'
}
