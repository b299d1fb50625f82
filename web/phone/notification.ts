import type { NotificationWords } from './bindings.ts'

/** What a push message says, as far as it says anything; all of it comes from outside. */
export interface Asked {
  readonly transaction: string | null
  /** The kind of a task; `null` for a login. */
  readonly doing: string | null
}

/** Longer than any id and any kind. */
const LENGTH_MAX = 40

export function askedIn(message: string): Asked {
  try {
    const { transaction, doing } = Object(JSON.parse(message)) as Readonly<Record<string, unknown>>
    return { transaction: short(transaction), doing: short(doing) }
  } catch {
    return { transaction: null, doing: null }
  }
}

const short = (value: unknown): string | null =>
  typeof value === 'string' && value.length <= LENGTH_MAX ? value : null

/**
 * What the notification says: what is asked, and neither who nor how much. A kind that is newer than the app
 * is a task all the same; a phone that has no words yet says that something waits.
 */
export function wordsFor(
  { doing }: Asked,
  words: NotificationWords | undefined,
): { readonly title: string; readonly body: string } {
  if (!words?.task) return { title: 'Countersign', body: '' }
  if (doing === null) return words.login
  return { ...words.task, title: words.doing.get(doing) ?? words.task.title }
}
