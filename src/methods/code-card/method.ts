import { z } from 'zod'
import { instant, minutes } from '#core/time/time.ts'
import {
  areCells,
  areRight,
  burnt,
  burntSince,
  Card,
  Cells,
  drawnCard,
  drawPair,
  isUsedUp,
  nobodysCard,
  takenOut,
  unusedOf,
} from '#methods/code-card/card.ts'
import {
  type CardPrompt,
  describe,
  describePrinting,
  NAME,
  type PrintPrompt,
} from '#methods/code-card/prompt.ts'
import { CodeCardAnswer, Codes } from '#methods/code-card/wire.ts'
import type { Json } from '#core/json.ts'
import type { EnrolBy } from '#methods/enrol.ts'
import type { Keyed } from '#methods/keyed.ts'
import { defineMethod, type Method } from '#methods/method.ts'

const Expected = z.strictObject({ pair: z.tuple([z.number().int(), z.number().int()]) })

/** Wrong answers in a row; after them it is locked. */
export const CARD_TRIES = 10
const CHALLENGE_LIFETIME = minutes(3)

/**
 * A printed card of 224 numbered codes, good for 21 days.
 *
 * Two numbers are asked, and the same two until they are answered right: an attacker who has seen a
 * few codes cannot start over until a pair that he knows is asked. A code that was answered is
 * not valid from then on.
 *
 * @see NIST SP 800-63B-4, "Look-Up Secrets"
 */
export const codeCard = (keyed: Keyed): Method =>
  defineMethod<Card, z.infer<typeof Expected>, z.infer<typeof CodeCardAnswer>>({
    name: 'code-card',
    icon: 'card',
    acr: '2c',
    amr: ['otp'],
    hardCap: CARD_TRIES,
    secondFactor: true,
    guide: 'printed-card',
    onePerSubscriber: true,
    bindsFrom: '2t',
    printed: true,
    standsIn: true,
    expired: 'login.card-expired',
    state: Card,
    expected: Expected,
    answer: CodeCardAnswer,
    describe,

    challenge(card, { random }) {
      const pair = card.asked ?? drawPair(card, random)
      const prompt = { pair, left: unusedOf(card).length } satisfies CardPrompt
      return {
        ok: true,
        state: { ...card, asked: pair },
        prompt,
        expected: { pair },
        validFor: CHALLENGE_LIFETIME,
        deliver: [],
      }
    },

    verify(card, { expected: { pair }, answer: { codes } }) {
      if (String(card.asked) !== String(pair)) {
        // Another login of the same holder was quicker: these cells are burnt, and nothing was
        // guessed.
        return { outcome: 'rejected', reason: 'asked-anew', explained: 'login.asked-anew' }
      }
      if (!areRight(keyed, card, { pair, codes })) {
        return { outcome: 'rejected', reason: 'wrong-codes' }
      }
      const state = burnt(card, pair)
      const phases = [{ until: instant(card.expiresAt), opens: 'everything' }] as const
      const used = pair
      return { outcome: 'accepted', state, phases, used, ...(isUsedUp(state) && { spent: true }) }
    },

    restored: burntSince,

    decoy: (random) => nobodysCard(keyed, random),

    beside: {
      ask(card, random) {
        const taken = takenOut(card, random)
        if (taken === null) return null
        return { state: taken.card, at: taken.cells.pair.map(String), expected: taken.cells }
      },
      isRight(expected, typed) {
        const codes = Codes.safeParse(typed)
        return codes.success ? areCells(keyed, Cells.parse(expected), codes.data) : null
      },
    },

    enrol: printing(keyed),
  })

/** Printing a card, and showing with two of its codes that it can be read. */
const printing = (keyed: Keyed): EnrolBy<Card> => ({
  begin(_request, drawing) {
    const { printed, card } = drawnCard(keyed, drawing)
    const { expiresAt, asked: pair } = card
    const prompt = { ...printed, pair, expiresAt } satisfies PrintPrompt
    return { ok: true, prompt, expected: card, deliver: [] }
  },

  forget: (prompt: PrintPrompt): Json => ({ ...prompt, codes: [] }),

  async complete(typed, { expected, language }) {
    const codes = Codes.safeParse(typed)
    if (!codes.success) return { ok: false, problem: 'login.malformed-answer' }
    const card = Card.parse(expected)
    const pair = card.asked ?? [0, 0]
    if (!areRight(keyed, card, { pair, codes: codes.data })) return { wrong: true }
    const label = `${NAME[language]} ${card.serial}`
    return { ok: true, label, state: burnt(card, pair), expiresAt: instant(card.expiresAt) }
  },

  describe: describePrinting,
})
