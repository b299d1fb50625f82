import { z } from 'zod'
import { after, type Instant, minutes } from '#core/time/time.ts'
import type { Asking, Changing, Proven } from '#methods/change.ts'
import { drawNumber } from '#methods/challenge-number.ts'
import { drawableFrom, drawableOnPageFrom, recentDraws } from '#methods/draws.ts'
import type { Purpose } from '#methods/method.ts'
import type { Since } from '#methods/restoring.ts'
import { matched, suiteOf } from '#methods/security-card/card.ts'
import { CardAnswer } from '#methods/security-card/wire.ts'

/** The stored state, which is sealed: with key and PIN an attacker has the card. */
export const State = z.strictObject({
  suite: z.string(),
  key: z.base64url(),
  /** The lowest counter that was not used. */
  counter: z.number().int().nonnegative(),
  /** The hash that goes into the response in place of the PIN. */
  pinHash: z.base64url(),
  /** After a response of a counter far ahead: the one that the next response must have. */
  aligning: z.number().int().nonnegative().nullable(),
  draws: z.array(z.number()),
  /** A PIN that has been chosen and not yet proven. */
  change: z
    .strictObject({
      pinHash: z.base64url(),
      number: z.string(),
      expiresAt: z.number(),
      /** Who has chosen it: a change without this cannot be continued. */
      asker: z.string().default(''),
    })
    .nullable(),
})
export type State = z.infer<typeof State>

/** Challenge lifetime (product default `login.challenge`). */
export const CHALLENGE_LIFETIME = minutes(3)

/**
 * Holds a response against a number.
 *
 *   near the counter that is expected ─────────────▶ accepted
 *   far ahead, and right after the one before ─────▶ accepted   (two in a row: the card is found again)
 *   far ahead ─────────────────────────────────────▶ rejected, and the next one is waited for
 *   nowhere ───────────────────────────────────────▶ rejected
 *
 * Each rejected one is counted, a far one too: an attacker who guesses has no cheaper try.
 *
 * @see RFC 4226, section 7.4, "Resynchronization of the Counter"
 */
export function judged(state: State, number: string, response: string): Proven<State> {
  const suite = suiteOf(state.suite)
  if (response.length !== suite.digits) return { outcome: 'malformed' }
  const match = matched(state, number, response)
  if (!match) {
    return { outcome: 'rejected', reason: 'wrong-response', state: { ...state, aligning: null } }
  }
  const next = suite.counter ? match.counter + 1 : state.counter
  if (match.near || match.counter === state.aligning) {
    return { outcome: 'accepted', state: { ...state, counter: next, aligning: null, draws: [] } }
  }
  const aligning = { ...state, aligning: next }
  return { outcome: 'rejected', reason: 'counter-ahead', state: aligning, ahead: true }
}

interface Drawing extends Pick<Changing, 'now' | 'random'> {
  readonly purpose: Purpose
  readonly recognised: boolean
}

/** A number that may be asked now, or from when on one may. */
export function drawnNumber(
  state: State,
  { now, random, purpose, recognised }: Drawing,
): { readonly number: string; readonly draws: number[] } | { readonly until: Instant } {
  const until = drawableFrom(state, { now, recognised })
  if (until !== null) return { until }
  return drawnAt(state, { now, random, purpose })
}

const drawnAt = (state: State, { now, random, purpose }: Omit<Drawing, 'recognised'>) => ({
  number: drawNumber(suiteOf(state.suite), { purpose, random }),
  draws: [...recentDraws(state, now), now],
})

/**
 * Asks for a response that is computed with this PIN: one that was chosen just now, or when it was
 * ordered.
 */
export function askedFor(state: State, pinHash: string, { now, random, asker }: Changing) {
  const until = drawableOnPageFrom(state, now)
  if (until !== null) return { ok: false, problem: 'login.too-many-challenges', until } as const
  const { number, draws } = drawnAt(state, { now, random, purpose: 'task' })
  const expiresAt = after(now, CHALLENGE_LIFETIME)
  const asked: State = { ...state, draws, change: { pinHash, number, expiresAt, asker } }
  return { ok: true, unique: number, state: asked } as const
}

/** What this asker has asked for and is still open, to be shown. */
export const openIn = ({ change }: State, { now, asker }: Asking): State['change'] =>
  change && now < change.expiresAt && change.asker === asker ? change : null

/** Judges it; what was not proven does not count: the PIN stays what it was. */
export function proven(state: State, answer: unknown, asked: Asking): Proven<State> {
  const change = openIn(state, asked)
  const typed = CardAnswer.safeParse(answer)
  if (!typed.success) return { outcome: 'malformed' }
  if (!change) return { outcome: 'late' }
  const { pinHash, number } = change
  const verdict = judged({ ...state, pinHash, change: null }, number, typed.data.response)
  return verdict.outcome === 'rejected'
    ? { ...verdict, state: { ...verdict.state, pinHash: state.pinHash } }
    : verdict
}

/**
 * Behind every counter that is known to be used, and never behind where the card stands. A card
 * without one answers the same number in the same way for ever.
 */
export function restored(state: State, { isTouched, used, uses }: Since): State | null {
  if (!isTouched) return state
  if (!suiteOf(state.suite).counter) return null
  const next = Math.max(state.counter, ...used.map((counter) => counter + 1))
  return { ...state, counter: next + uses, aligning: null, change: null }
}
