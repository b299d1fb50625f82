import { z } from 'zod'
import { minutes } from '#core/time.ts'
import { defineMethod, type Method } from '#methods/method.ts'

/**
 * A second way to authenticate that exists in tests only: whoever holds the pebble knows its word. It
 * shows that a further method needs nothing but itself.
 */
export const pebble: Method = defineMethod({
  name: 'pebble',
  acr: '2c',
  amr: ['otp'],
  hardCap: 5,
  secondFactor: true,
  onePerSubscriber: false,
  state: z.strictObject({ word: z.string() }),
  expected: z.null(),
  answer: z.strictObject({ word: z.string().max(40) }),
  describe: () => [{ name: 'word', title: 'login.title', lead: { key: 'login.title' } }],
  usable: () => true,
  challenge: (state) => ({
    ...{ ok: true, state, prompt: null, expected: null, validFor: minutes(3), deliver: [] },
  }),
  verify: (state, { answer }) =>
    answer.word === state.word
      ? { outcome: 'accepted', state }
      : { outcome: 'rejected', reason: 'wrong-word' },
  decoy: () => ({ word: 'nobody knows' }),
})
