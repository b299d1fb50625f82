import type { z } from 'zod'
import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time/time.ts'

/** What of an authenticator is used up, such as a counter: for the audit log, and no secret. */
export type Used = readonly number[]

/** What is known of an authenticator since the backup that its state comes from. */
export interface Since {
  readonly now: Instant
  /** Whether anything is written down of it since. */
  readonly isTouched: boolean
  /** What was used up, as `used` of the verdicts said it. */
  readonly used: readonly number[]
  /** Right answers of which nothing says what they used up. */
  readonly uses: number
}

/**
 * The state after the database was restored: nothing that may have been used since the backup
 * counts again. `null` where that cannot be known, and the authenticator is not asked any more
 * (A25).
 */
export type Restored<State> = (state: State, since: Since) => State | null

/** The same for any state that was stored. */
export const restoring =
  <State>(State: z.ZodType<State>, restored: Restored<State>): Restored<Json> =>
  (state, since) =>
    restored(State.parse(state), since) as Json | null
