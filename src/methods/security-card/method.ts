import { z } from 'zod'
import { after, type Instant, minutes } from '#core/time.ts'
import type { Proven } from '#methods/change.ts'
import { drawNumber } from '#methods/challenge-number.ts'
import { drawableFrom, recentDraws } from '#methods/draws.ts'
import { defineMethod, type Purpose } from '#methods/method.ts'
import { matched, suiteOf } from '#methods/security-card/card.ts'
import { describe } from '#methods/security-card/prompt.ts'
import { changeAsks, describeChange } from '#methods/security-card/pin-pages.ts'
import { chosenPin, stock } from '#methods/security-card/stock.ts'
import { CARD_SUITE, CardAnswer } from '#methods/security-card/wire.ts'

/** As it is kept, and sealed: key and PIN are all that the card is. */
const State = z.strictObject({
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
    .strictObject({ pinHash: z.base64url(), number: z.string(), expiresAt: z.number() })
    .nullable(),
})
type State = z.infer<typeof State>

const Expected = z.strictObject({ number: z.string() })
type Expected = z.infer<typeof Expected>

/** Challenge lifetime (product default `login.challenge`). */
const CHALLENGE_LIFETIME = minutes(3)

/**
 * A card with a keypad and a display of one line. Its holder types a PIN and the six digits of the page; it
 * shows eight, made of both, of its key and of a counter that rises with each of them (R008, R055).
 *
 * The card checks no PIN: it goes into the computation, so the server keeps what goes in, and a wrong one is
 * a wrong response like any other (R056, R059).
 *
 * @see NIST SP 800-63B-4, "Multi-Factor OTP Authenticators"
 * @see RFC 6287, "OCRA: OATH Challenge-Response Algorithm"
 */
export const securityCard = defineMethod<State, Expected, z.infer<typeof CardAnswer>>({
  name: 'security-card',
  icon: 'token',
  acr: '4',
  amr: ['hwk', 'pin', 'otp'],
  hardCap: 20,
  secondFactor: true,
  onePerSubscriber: false,
  bindsFrom: '3',
  state: State,
  expected: Expected,
  answer: CardAnswer,
  describe,

  challenge(state, { now, random, purpose, recognised }) {
    const drawn = drawnNumber(state, { now, random, purpose, recognised })
    if ('until' in drawn) return { ok: false, problem: 'login.too-many-challenges', ...drawn }
    const { number, draws } = drawn
    const { digits } = suiteOf(state.suite)
    return {
      ok: true,
      state: { ...state, draws },
      prompt: { number, digits, aligning: state.aligning !== null },
      expected: { number },
      validFor: CHALLENGE_LIFETIME,
      unique: number,
      deliver: [],
    }
  },

  verify: (state, { expected, answer }) => judged(state, expected.number, answer.response),

  decoy: (random) => ({
    ...{ suite: CARD_SUITE, key: Buffer.from(random(32)).toString('base64url'), counter: 0 },
    ...{ pinHash: Buffer.from(random(32)).toString('base64url'), aligning: null },
    ...{ draws: [], change: null },
  }),

  stock,

  /** The new PIN counts when a response that was computed with it is right (R056). */
  change: {
    link: 'method.security-card.change.link',
    asks: changeAsks,
    begin(state, request, { now, random }) {
      const asked = Asked.safeParse(request)
      const chosen = chosenPin(state.suite, asked.data?.pin)
      if (!chosen.ok) return chosen
      const { pinHash } = chosen
      const drawn = drawnNumber(state, { now, random, purpose: 'task', recognised: true })
      if ('until' in drawn) return { ok: false, problem: 'login.too-many-challenges', ...drawn }
      const { number, draws } = drawn
      const expiresAt = after(now, CHALLENGE_LIFETIME)
      return {
        ok: true,
        unique: number,
        state: { ...state, draws, change: { pinHash, number, expiresAt } },
      }
    },
    describe: ({ suite, change }, now) =>
      change && now < change.expiresAt ? describeChange(suiteOf(suite), change) : null,
    complete(state, answer, now) {
      const { change } = state
      const typed = CardAnswer.safeParse(answer)
      if (!typed.success) return { outcome: 'malformed' }
      if (!change || now >= change.expiresAt) return { outcome: 'late' }
      const { pinHash, number } = change
      const verdict = judged({ ...state, pinHash, change: null }, number, typed.data.response)
      // What was not proven does not count: the PIN stays what it was.
      return verdict.outcome === 'rejected'
        ? { ...verdict, state: { ...verdict.state, pinHash: state.pinHash } }
        : verdict
    },
  },
})

const Asked = z.strictObject({ pin: z.string().max(64) })

/**
 * Holds a response against a number.
 *
 *   near the counter that is expected ─────────────▶ accepted
 *   far ahead, and right after the one before ─────▶ accepted   (two in a row: the card is found again)
 *   far ahead ─────────────────────────────────────▶ rejected, and the next one is waited for
 *   nowhere ───────────────────────────────────────▶ rejected
 *
 * Each rejected one is counted, a far one too: whoever guesses has no cheaper try.
 *
 * @see RFC 4226, section 7.4, "Resynchronization of the Counter"
 */
function judged(state: State, number: string, response: string): Proven<State> {
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
  return { outcome: 'rejected', reason: 'counter-ahead', state: { ...state, aligning: next } }
}

/** A number that may be asked now, or from when on one may. */
function drawnNumber(
  state: State,
  {
    now,
    random,
    purpose,
    recognised,
  }: {
    readonly now: Instant
    readonly random: (length: number) => Uint8Array
    readonly purpose: Purpose
    readonly recognised: boolean
  },
): { readonly number: string; readonly draws: number[] } | { readonly until: Instant } {
  const until = drawableFrom(state, { now, recognised })
  if (until !== null) return { until }
  const number = drawNumber(suiteOf(state.suite), { purpose, random })
  return { number, draws: [...recentDraws(state, now), now] }
}
