import { before, type Instant, minutes, seconds } from '#core/time/time.ts'
import type { Drawn } from '#methods/draws.ts'

/**
 * How often a phone may be asked. Everything is counted since its holder last proved themselves, so
 * that a person who works with four platforms is never slowed, and a client who is being bombed is
 * left in peace.
 *
 * @see NIST SP 800-63B-4, "Out-of-Band Verifiers"; security limits 2.2 `push`; A5
 */
export const PUSH_PENDING_FOR = seconds(90)
const PUSHES_PER_10_MINUTES = 3
const UNANSWERED_MAX = 5
/**
 * Wrong numbers in a row after which the phone approves nothing, until its holder has typed a
 * response: so many end a login, too, and a new login gives no further ones.
 */
export const WRONG_NUMBERS_MAX = 5
export const SILENCE_AFTER_DENIAL = minutes(15)

/** What was asked of a phone since its holder last answered right. */
export interface Asked extends Drawn {
  readonly pushes: readonly number[]
  readonly unanswered: number
  /** Numbers that were carried over wrong. */
  readonly wrongNumbers: number
  readonly silentUntil: number | null
}

export const NOTHING_ASKED: Asked = {
  draws: [],
  pushes: [],
  unanswered: 0,
  wrongNumbers: 0,
  silentUntil: null,
}

/** Whether the holder may approve on the phone now; if not, the typed response still works. */
export const approvable = (asked: Asked, now: Instant): boolean =>
  asked.unanswered < UNANSWERED_MAX &&
  asked.wrongNumbers < WRONG_NUMBERS_MAX &&
  (asked.silentUntil === null || now >= asked.silentUntil)

/** Whether a notification may be sent now: one at a time, and few. */
export function pushable(asked: Asked, now: Instant): boolean {
  const recent = asked.pushes.filter((at) => at > before(now, minutes(10)))
  const last = recent.at(-1)
  return (
    recent.length < PUSHES_PER_10_MINUTES && (last === undefined || now >= last + PUSH_PENDING_FOR)
  )
}
