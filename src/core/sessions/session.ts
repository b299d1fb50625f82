import type { Environment } from '#core/subscribers/account.ts'
import type { Proof } from '#core/assurance.ts'
import type { BrowserId, LoginId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import { after, earlier, hours, minutes } from '#core/time/time.ts'

/** An open session. The browser holds 256 random bits; the server stores only their hash. */
export interface Session {
  readonly id: SessionId
  readonly subscriberId: SubscriberId
  readonly loginId: LoginId
  readonly platform: string
  readonly environment: Environment
  readonly proofs: readonly Proof[]
  /** Where it was opened, as the client would say it. */
  readonly origin: SessionOrigin
  readonly openedAt: Instant
  readonly seenAt: Instant
  readonly endedAt: Instant | null
}

export interface SessionOrigin {
  readonly browserId: BrowserId | null
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  readonly place: string
}

/** Session limits. @see NIST SP 800-63B-4, "Reauthentication", and security limits 2.2 `session` */
export const SESSION_IDLE = minutes(30)
export const SESSION_ABSOLUTE = hours(12)

/**
 * Seen again within this time is not written again, so that a busy page costs no write a request.
 */
export const SEEN_GRAIN = minutes(1)

/**
 * The instant at which the session ends by itself without another request; some places allow less
 * idle time.
 */
export const expiryOf = (session: Session, idle: Millis = SESSION_IDLE): Instant =>
  earlier(after(session.seenAt, idle), after(session.openedAt, SESSION_ABSOLUTE))

export const isOpen = (session: Session, now: Instant, idle: Millis = SESSION_IDLE): boolean =>
  session.endedAt === null && now < expiryOf(session, idle)
