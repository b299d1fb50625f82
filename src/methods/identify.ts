import { isId, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import type { PromptField, Script } from '#methods/prompt.ts'

/**
 * How an authenticator logs its holder in without a user name and a password: the login page
 * carries a challenge for no particular client, and the answer says whose it is.
 *
 * An answer is then judged by `verify`, as any other.
 */
export interface Identify {
  offer(offering: Offering): Offer
  /**
   * A challenge that any of these authenticators answers, such as all of one person; with none, any
   * that there is.
   */
  ask(held: readonly Json[], offering: Offering): Offer
  /** The client that an answer names, which proves nothing yet; `null` when it names none. */
  claims(answer: unknown): Claims | null
}

/** What a challenge for no particular client is drawn with. */
export interface Offering {
  readonly now: Instant
  readonly random: (length: number) => Uint8Array
  /** The address of this installation. */
  readonly issuer: string
}

/** The challenge that a login page carries, and how it is answered there. */
export interface Offer {
  readonly script: Script
  readonly field: PromptField
  /** What the answer is compared with. It is public, and only the server can make it. */
  readonly expected: Json
  readonly validFor: Millis
}

export interface Claims<State = Json> {
  /** The id of a subscriber, as the answer has it: there may be none of that id. */
  readonly subscriberId: string
  /** Whether this authenticator of theirs is the one that answers. */
  isOf(state: State): boolean
}

/** An `Identify` with the type of its own state. */
export type IdentifyBy<State> = Omit<Identify, 'claims' | 'ask'> & {
  ask(held: readonly State[], offering: Offering): Offer
  claims(answer: unknown): Claims<State> | null
}

/** The id to look for: what is no id of ours may hold what no database takes. */
export const clientNamed = ({ subscriberId }: Pick<Claims, 'subscriberId'>): SubscriberId =>
  isId('sub', subscriberId) ? subscriberId : ('sub_' as SubscriberId)
