import type { SubscriberId } from '#core/ids.ts'
import { hours, type Instant } from '#core/time/time.ts'

/**
 * Whose account a client uses who has none of their own, such as an employee of a company or the
 * second holder of an account. Only the primary user changes the security settings of an account
 * (R032).
 */
export interface Primary {
  readonly id: SubscriberId
  /**
   * The name of the primary user as the back office recorded it; never the user name, which is half
   * of a login.
   */
  readonly name: string
  /**
   * Until when the primary user lets this one change how they themselves log in; `null` for not at
   * all.
   */
  readonly leaveUntil: Instant | null
}

/** How long leave lasts: a working day, so that a new phone can be fetched and set up. */
export const LEAVE = hours(24)

/** The longest name of a primary user, in code points. */
export const PRIMARY_NAME_LENGTH_MAX = 80

/**
 * Users that one account may have beside its primary one: each of them is looked at when it
 * changes.
 */
export const OTHER_USERS_MAX = 50

/**
 * Whether a client decides what holds for the account itself, such as trading without a second
 * factor. Leave is for how another user logs in themselves, and never for that.
 */
export const decidesForAccount = ({ primary }: { readonly primary: Primary | null }): boolean =>
  primary === null

/** Whether a primary user asks, or a user with permission. */
export const mayChangeSettings = (
  { primary }: { readonly primary: Primary | null },
  now: Instant,
): boolean => primary === null || (primary.leaveUntil !== null && now < primary.leaveUntil)
