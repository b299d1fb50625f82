import type { Language } from '#core/subscribers/account.ts'

/** Whom a text comes from, and what the filters of its country want to know of it (R091). */
export interface Sender {
  /** A number, up to eleven letters, or a messaging service. */
  readonly from: string
  /** Where senders and words are registered, as in India (DLT); `null` where they are not. */
  readonly registration: Registration | null
}

export interface Registration {
  /** The id of the sender. */
  readonly entity: string
  /**
   * The ids of the words, by the name of a text (`login`, `notice.device-bound`) or by name and
   * language (`login.fr`).
   */
  readonly templates: Readonly<Record<string, string>>
}

/** Whom texts to a number come from. */
export type SenderOf = (number: string) => Sender

/**
 * A text as it is handed to a carrier; by its name its words are looked up where they are
 * registered.
 */
export type NamedText = Readonly<Record<'text' | 'name', string>> & { readonly language: Language }

type Named = Pick<NamedText, 'name' | 'language'>

/** The id under which the words of a text are registered; `null` where they are not. */
export function templateOf(
  { registration }: Pick<Sender, 'registration'>,
  { name, language }: Named,
): string | null {
  const { templates = {} } = registration ?? {}
  return templates[`${name}.${language}`] ?? templates[name] ?? null
}

/**
 * Whose carriers show no letters as a sender: there it has to be a number.
 *
 * @see CTIA, "Messaging Principles and Best Practices": traffic of businesses is sent from numbers
 */
export const NUMBERS_ONLY: readonly string[] = ['US', 'CA', 'PR', 'GU', 'VI', 'AS', 'MP']

/**
 * Where the sender of a registered company begins with `#`, and no other may (S91).
 *
 * @see OFCA, "SMS Sender Registration Scheme"; SFC, circulars of 21 May and 6 June 2025
 */
export const REGISTERED_SIGN: readonly string[] = ['HK']
