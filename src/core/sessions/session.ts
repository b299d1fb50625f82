import type { Environment } from '#core/subscribers/account.ts'
import { atLeast, phaseOf, type Proof, strengthOf } from '#core/assurance.ts'
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
  /**
   * The network address, for a client who names the networks to trade from; sessions of before do
   * not have it. It is shown on no page.
   */
  readonly address?: string
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

/**
 * What a session proves from now on when something that was set up in it has proven itself: what a
 * login with it would have proven, and nothing besides. `null` where that is no more than it is
 * already, or where no password was given for it.
 */
export function proofsWith(
  { proofs }: Pick<Session, 'proofs'>,
  proof: Proof,
  { firstFactor, now }: { readonly firstFactor: string; readonly now: Instant },
): readonly Proof[] | null {
  const first = proofs.find(({ method }) => method === firstFactor)
  if (!first || phaseOf(proof, now) !== 'everything') return null
  const before = proofs.filter((one) => phaseOf(one, now) === 'everything')
  return atLeast(strengthOf(before), proof.acr) ? null : [first, proof]
}
