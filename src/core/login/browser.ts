import type { BrowserId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * A browser that one subscriber has completed a login with before. Two subscribers who share a
 * browser have a record each: what one of them does to it tells the other nothing.
 */
export interface Browser {
  readonly id: BrowserId
  readonly subscriberId: SubscriberId
  /** Such as `Firefox, Windows`. */
  readonly label: string
  readonly createdAt: Instant
  readonly seenAt: Instant
  /** Since when its logins are refused, because its subscriber said so. */
  readonly blockedAt: Instant | null
  /** Since when it fills in the user name; `null` where it does not. */
  readonly namedAt: Instant | null
}
