import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * What a subscriber holds to prove who they are.
 *
 * `state` belongs to the method alone: no other code reads it, and the store seals it.
 *
 * @see NIST SP 800-63B-4, "Authenticator Event Management"
 */
export interface Authenticator {
  readonly id: AuthenticatorId
  /** The name of its method, a folder of `src/methods`. */
  readonly method: string
  /** What its holder calls it, such as `Anna’s phone`. */
  readonly label: string
  /** What it said at set-up that it is, such as `Pixel 8 (Android)`; `null` if nothing. */
  readonly model: string | null
  readonly lifecycle: Lifecycle
  readonly state: Json
  /** Wrong answers in a row, over all challenges and logins (S1, S23). */
  readonly failures: number
  readonly createdAt: Instant
  readonly usedAt: Instant | null
  /** When it expires; `null` for never (S59). */
  readonly expiresAt: Instant | null
  /**
   * Until when it waits to take the place of another, because what it was bound with could have
   * been stolen; `null` when it waits for nothing. It goes on waiting until a commit ends the wait.
   */
  readonly pendingUntil: Instant | null
  /**
   * Since when it is suspended because the desk has given out what replaces it: it may be back.
   * `null` for one that answers, and for one that its holder has lost.
   */
  readonly restsSince: Instant | null
}

/**
 *   active ──too many wrong answers──▶ disabled    (bound again, never switched on again: S1)
 *   active ──its key was copied─────▶ disabled
 *   active ──lost, or away──────────▶ suspended
 *   suspended ──found, or back──────▶ active      (what stood in is revoked: R097)
 *   active, suspended, disabled ─────▶ revoked     (for ever)
 */
export type Lifecycle = 'active' | 'suspended' | 'disabled' | 'revoked'

/** The state of an authenticator that was just bound. */
export const FRESH = {
  model: null,
  lifecycle: 'active',
  failures: 0,
  usedAt: null,
  expiresAt: null,
  pendingUntil: null,
  restsSince: null,
} as const satisfies Partial<Authenticator>

/**
 * Whether it may be asked at all. Expired and locked are told apart.
 */
export const answers = (
  { lifecycle, expiresAt }: Pick<Authenticator, 'lifecycle' | 'expiresAt'>,
  now: Instant,
): boolean => lifecycle === 'active' && (expiresAt === null || now < expiresAt)

/** The authenticator after a wrong answer. */
export function failed(authenticator: Authenticator, hardCap: number): Authenticator {
  const failures = authenticator.failures + 1
  const disabled = failures >= hardCap && authenticator.lifecycle === 'active'
  return { ...authenticator, failures, lifecycle: disabled ? 'disabled' : authenticator.lifecycle }
}

/**
 * The authenticator after a right answer: its count of failures starts again (S4).
 */
export function succeeded(authenticator: Authenticator, state: Json, now: Instant): Authenticator {
  return { ...authenticator, state, failures: 0, usedAt: now }
}
