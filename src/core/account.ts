import type { AccountId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time.ts'

/** Live money, or the simulated account with its own user name (R017). */
export type Environment = 'live' | 'paper'

export const ENVIRONMENTS = ['live', 'paper'] as const satisfies readonly Environment[]

/** Languages that every text exists in (R170). */
export type Language = 'en' | 'fr'

export const LANGUAGES = ['en', 'fr'] as const satisfies readonly Language[]

/** A client of the brokerage: the one whom the authenticators belong to. */
export interface Subscriber {
  readonly id: SubscriberId
  readonly userName: string
  readonly language: Language
  /** Whether the login page asks the phone first (R038); when not, it shows the challenge at once. */
  readonly seamless: boolean
  readonly createdAt: Instant
}

export interface Account {
  readonly id: AccountId
  readonly subscriberId: SubscriberId
  /** What the client and the desk call it, such as `U0000001`. */
  readonly number: string
  readonly environment: Environment
  readonly status: 'applied' | 'approved' | 'open' | 'closed'
}

/** The longest user name that is looked up; anything longer cannot exist. In code points. */
export const USER_NAME_LENGTH_MAX = 64

/**
 * The form in which user names are compared: two names that a person would take for the same are one.
 *
 * @returns `null` for a text that cannot be a user name: empty, too long, or with characters
 *   that cannot be seen.
 * @see RFC 8265, "UsernameCaseMapped Profile", section 3.3
 */
export function userNameKey(typed: string): string | null {
  const key = typed.normalize('NFKC').trim().toLowerCase().normalize('NFC')
  if (key === '' || [...key].length > USER_NAME_LENGTH_MAX) return null
  return UNSEEN.test(key) ? null : key
}

/**
 * Controls, directions, fillers: with one of them in it a name looks like another.
 *
 * @see RFC 8264, "PRECIS Framework", section 9
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
