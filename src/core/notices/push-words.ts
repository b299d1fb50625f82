/** What a push message says, as far as it does: to a phone all of it comes from outside. */
export interface Asked {
  readonly transaction: string | null
  /** The kind of a task; `null` for a login. */
  readonly doing: string | null
  readonly platform: { readonly en: string; readonly fr: string } | null
  /** What the client reads. */
  readonly language: 'en' | 'fr' | null
  /** What the news is about; `null` for a request. */
  readonly alert: string | null
  /** The id of a test, which asks for nothing. */
  readonly test: string | null
}

interface Said {
  readonly title: string
  readonly body: string
}

/** Texts of notifications, in one language. */
export interface PushWords extends Said {
  readonly 'body-at': string
  readonly task: string
  readonly 'task-body': string
  readonly 'task-body-at': string
  readonly doing: Readonly<Record<string, string>>
  readonly alert: {
    readonly other: string
    readonly body: string
    readonly about: Readonly<Record<string, string>>
  }
  readonly test: Said
}

/**
 * What the notification says: what is asked and where, and neither who nor how much. A kind that is
 * newer than these words is a task all the same.
 */
export function wordsFor(
  { doing, platform, alert, test }: Asked,
  language: 'en' | 'fr',
  words: PushWords,
): Said {
  if (test !== null) return words.test
  if (alert !== null) {
    const about = own(words.alert.about, alert)
    return { title: about ?? words.alert.other, body: words.alert.body }
  }
  const title = doing === null ? words.title : own(words.doing, doing)
  const body = doing === null ? words.body : words['task-body']
  const at = doing === null ? words['body-at'] : words['task-body-at']
  // A name may hold the signs that a replacement reads as something else.
  const named = platform && at.replace('{{platform}}', () => platform[language])
  return { title: title ?? words.task, body: named ?? body }
}

const own = (names: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(names, name) ? names[name] : undefined

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
