import type { PushPayload } from '#methods/phone-key/wire.ts'
import type { Language } from './words.ts'

/** What a push message says, as far as it says anything; all of it comes from outside. */
export interface Asked {
  readonly transaction: string | null
  /** The kind of a task; `null` for a login. */
  readonly doing: string | null
  readonly platform: PushPayload['platform'] | null
  /** What the client reads. */
  readonly language: Language | null
  /** What the news is about; `null` for a request. */
  readonly alert: string | null
  /** The id of a test, which asks for nothing. */
  readonly test: string | null
}

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
export type NotificationWords = typeof import('../../locales/en.json')['phone']['notification']

/**
 * What the notification says: what is asked and where, and neither who nor how much. A kind that is
 * newer than the app is a task all the same.
 */
export function wordsFor(
  { doing, platform, alert, test }: Asked,
  language: Language,
  words: NotificationWords,
): { readonly title: string; readonly body: string } {
  if (test !== null) return words.test
  const news: Readonly<Record<string, string>> = words.alert.about
  if (alert !== null) {
    const about = Object.hasOwn(news, alert) ? news[alert] : undefined
    return { title: about ?? words.alert.other, body: words.alert.body }
  }
  const titles: Readonly<Record<string, string>> = words.doing
  const isKnown = doing !== null && Object.hasOwn(titles, doing)
  const title = doing === null ? words.title : isKnown ? titles[doing] : words.task
  const body = doing === null ? words.body : words['task-body']
  const at = doing === null ? words['body-at'] : words['task-body-at']
  // A name may hold the signs that a replacement reads as something else.
  const named = platform && at.replace('{{platform}}', () => platform[language])
  return { title: title ?? words.task, body: named ?? body }
}

const NEWS = 'news'

/**
 * What a notification takes the place of: an earlier request, or earlier news of the same kind.
 * News of one kind must not wipe off another: a thief who has confirmed a withdrawal could follow
 * it with news that alarms no one.
 */
export function tagFor({ alert, test }: Pick<Asked, 'alert' | 'test'>): string {
  if (test !== null) return TEST
  return alert === null ? 'request' : `${NEWS} ${alert}`
}

export const TEST = 'test'

export const isNewsTag = (tag: string): boolean => tag.startsWith(NEWS)

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
