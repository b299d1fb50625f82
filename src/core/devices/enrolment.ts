import type { ContactEvent } from '#core/contact/events.ts'
import type { DevicesEvent } from '#core/devices/events.ts'
import type { AuditSubject } from '#core/events/event.ts'
import type { ContactKind } from '#core/contact/address.ts'
import type { AuthenticatorId, EnrolmentId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import { after, minutes } from '#core/time/time.ts'

/**
 * An invitation to bind an authenticator: one that is made elsewhere, such as on a phone, and
 * presents itself with a code; or one that is bound on the pages of the portal, by an answer typed
 * there.
 *
 *   open ──right code or answer─────────▶ used     (binds, once)
 *   open ──5th wrong answer on a page───▶ dead
 *   open ──newer one────────────────────▶ cancelled
 *
 * One that presents itself has two codes for one thing: a long one in a picture, which names it,
 * and a short one to type, which counts only together with the user name. Every visitor may type a
 * code, so wrong ones are counted elsewhere (`ACTIVATION_CODES` of `core/login/throttle.ts`) and
 * end nothing; on a page only the session that asked may answer.
 *
 * @see NIST SP 800-63B-4, "Binding an Additional Authenticator" (40 and 112 bits, 10 minutes, once)
 */
export interface Enrolment {
  readonly id: EnrolmentId
  readonly subscriberId: SubscriberId
  readonly method: string
  /** Keyed hash of the short code. */
  readonly codeHash: string
  /** Keyed hash of the long code. */
  readonly tokenHash: string
  readonly wrongCodes: number
  readonly state: 'open' | 'used' | 'cancelled' | 'dead'
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** The portal session that asked for it; it hears when it is done. */
  readonly sessionId: SessionId
  /** The security stamp of the client when it was asked for; it is over when that moves. */
  readonly stamp: number
  /** A digest of what was confirmed for it, every fact of it; `null` where nothing had to be. */
  readonly confirmed: string | null
  /**
   * The browser in which its client typed the password for it, as its logins bear it (`holder`);
   * `null` where nothing was confirmed.
   */
  readonly confirmedIn: string | null
  /**
   * What is bound by it waits to take its place: the session that asked for it was not strong
   * enough.
   */
  readonly waits: boolean
  /**
   * Without, it binds an authenticator; with it, an address of this kind is proven, and perhaps
   * nothing bound.
   */
  readonly address?: ContactKind
  /** What was bound. */
  readonly bound: AuthenticatorId | null
  /**
   * What the pages show and hold the answer against; `null` where the authenticator presents
   * itself.
   */
  readonly drawn: DrawnEnrolment | null
}

/** What an enrolment belongs to, as it is now. */
export interface BelongsTo {
  readonly sessionEndedAt: number | null
  readonly securityStamp: number
}

/**
 * An open one is over with the session and with the state of the client that it was begun in (A9,
 * S85).
 */
export const stateIn = (
  { state, stamp }: Pick<Enrolment, 'state' | 'stamp'>,
  { sessionEndedAt, securityStamp }: BelongsTo,
): Enrolment['state'] =>
  state === 'open' && (sessionEndedAt !== null || securityStamp !== stamp) ? 'cancelled' : state

export interface DrawnEnrolment {
  readonly prompt: Json
  readonly expected: Json
  readonly drawnAt: Instant
  /** Views that may be seen once and have been. */
  readonly seen: readonly string[]
}

export const ENROLMENT_LIFETIME = minutes(10)
export const WRONG_CODES_MAX = 5

/** Eight of 32 symbols: 40 bits, to be typed with the user name. */
export const SHORT_CODE_LENGTH = 8
/** Twenty-six of 32 symbols: 130 bits, in the picture. */
export const LONG_CODE_LENGTH = 26

export type NewEnrolment = Pick<
  Enrolment,
  | 'id'
  | 'subscriberId'
  | 'method'
  | 'codeHash'
  | 'tokenHash'
  | 'sessionId'
  | 'drawn'
  | 'waits'
  | 'address'
  | 'stamp'
  | 'confirmed'
  | 'confirmedIn'
>

export function opened(
  enrolment: NewEnrolment,
  now: Instant,
  lifetime: Millis = ENROLMENT_LIFETIME,
): Enrolment {
  return {
    ...enrolment,
    wrongCodes: 0,
    state: 'open',
    createdAt: now,
    expiresAt: after(now, lifetime < ENROLMENT_LIFETIME ? lifetime : ENROLMENT_LIFETIME),
    bound: null,
  }
}

/** Why this enrolment cannot be used now, or `null` when it can. */
export function obstacle(enrolment: Enrolment, now: Instant): Problem | null {
  if (enrolment.state === 'dead') return 'enrolment.too-many-wrong-codes'
  if (enrolment.state !== 'open' || now >= enrolment.expiresAt) return 'enrolment.expired'
  return null
}

/**
 * A wrong answer on a page is counted; the fifth makes the enrolment worthless. One that is over
 * stays so.
 */
export function codeRefused(enrolment: Enrolment): Enrolment {
  if (enrolment.state !== 'open') return enrolment
  const wrongCodes = enrolment.wrongCodes + 1
  return { ...enrolment, wrongCodes, state: wrongCodes >= WRONG_CODES_MAX ? 'dead' : 'open' }
}

/**
 * Ask for an `obstacle` first: what is over binds nothing. `null` where an address alone was
 * proven.
 */
export function used(enrolment: Enrolment, bound: AuthenticatorId | null): Enrolment {
  if (enrolment.state !== 'open') throw new Error('the enrolment is not open')
  return { ...enrolment, state: 'used', bound }
}

/** What must be the same for an enrolment to lift its session, as it is now. */
export interface LiftedIn {
  /** The browser that asks. */
  readonly holder: string
  /** The security stamp of the client. */
  readonly stamp: number
  readonly now: Instant
}

/**
 * What an enrolment has bound, where that lifts the session it was begun in: it counts at once, the
 * password was typed for it in the browser that asks, and nothing has happened to the client since.
 * `null` where a login has to prove it.
 */
export function liftsBy(
  { state, bound, waits, confirmedIn, expiresAt, stamp }: Enrolment,
  { holder, now, ...is }: LiftedIn,
): AuthenticatorId | null {
  if (state !== 'used' || waits || now >= expiresAt) return null
  // Binding has moved the stamp, once.
  const isUndisturbed = is.stamp === stamp + 1
  return confirmedIn === holder && isUndisturbed ? bound : null
}

/** The audit event of a step on a page; the proof of an address has events of its own. */
export function stepOf(
  { id: enrolmentId, subscriberId, method, address: contact }: Enrolment,
  step: 'started' | 'cancelled' | 'code-refused',
  within: SessionId,
): AuditSubject & (DevicesEvent | ContactEvent) {
  const about = { subscriberId, within, enrolmentId }
  if (contact !== undefined) return { kind: CONTACT_STEPS[step], ...about, contact }
  return step === 'started'
    ? { kind: 'enrolment.started', ...about, method }
    : { kind: `enrolment.${step}`, ...about }
}

const CONTACT_STEPS = {
  started: 'contact.proof-started',
  cancelled: 'contact.proof-cancelled',
  'code-refused': 'contact.code-refused',
} as const
