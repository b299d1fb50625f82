import { z } from 'zod'
import { defineMethod } from '#methods/method.ts'
import { suiteOf } from '#methods/security-card/card.ts'
import { ordering } from '#methods/security-card/ordering.ts'
import { changeAsks, describeChange } from '#methods/security-card/pin-pages.ts'
import { describe } from '#methods/security-card/prompt.ts'
import {
  askedFor,
  CHALLENGE_LIFETIME,
  drawnNumber,
  judged,
  openIn,
  proven,
  restored,
  State,
} from '#methods/security-card/state.ts'
import { chosenPin, isOneOf, stock } from '#methods/security-card/stock.ts'
import { CARD_SUITE, CardAnswer } from '#methods/security-card/wire.ts'

const Expected = z.strictObject({ number: z.string() })
type Expected = z.infer<typeof Expected>

/**
 * A card with a keypad and a display of one line. Its holder types a PIN and the six digits of the
 * page; it shows eight, made of both, of its key and of a counter that rises with each of them
 * (R008, R055).
 *
 * The card checks no PIN: it goes into the computation, so the server keeps what goes in, and a
 * wrong one is a wrong response like any other (R056, R059).
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
  telling: true,
  onePerSubscriber: false,
  spoken: true,
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

  verify(state, { expected, answer }) {
    const verdict = judged(state, expected.number, answer.response)
    if (verdict.outcome !== 'accepted' || !suiteOf(state.suite).counter) return verdict
    return { ...verdict, used: [verdict.state.counter - 1] }
  },

  restored,

  decoy: (random) => ({
    suite: CARD_SUITE,
    key: Buffer.from(random(32)).toString('base64url'),
    counter: 0,
    pinHash: Buffer.from(random(32)).toString('base64url'),
    aligning: null,
    draws: [],
    change: null,
  }),

  stock: { ...stock, ordering },

  /** The new PIN counts when a response that was computed with it is right (R056). */
  change: {
    link: 'method.security-card.change.link',
    asks: changeAsks,
    begin(state, request, changing) {
      const asked = Asked.safeParse(request)
      const chosen = chosenPin(state.suite, asked.data?.pin, changing.known)
      return chosen.ok ? askedFor(state, chosen.pinHash, changing) : chosen
    },
    describe(state, asked) {
      const open = openIn(state, asked)
      return open && describeChange(suiteOf(state.suite), open)
    },
    complete(state, answer, asked) {
      const open = openIn(state, asked)
      if (open && isOneOf(state.suite, open.pinHash, asked.known))
        return { outcome: 'known', state: { ...state, change: null } }
      return proven(state, answer, asked)
    },
  },
})

const Asked = z.strictObject({ pin: z.string().max(64) })
