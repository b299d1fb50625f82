import { z } from 'zod'
import { after, minutes } from '#core/time/time.ts'
import { defineMethod, type Method } from '#methods/method.ts'

/**
 * A second way to authenticate that exists in tests only: the holder of the pebble knows its word.
 * It shows that a further method needs nothing but itself.
 */
export const pebble: Method = defineMethod({
  name: 'pebble',
  icon: 'token',
  acr: '2c',
  amr: ['otp'],
  hardCap: 5,
  secondFactor: true,
  onePerSubscriber: false,
  bindsFrom: '2c',
  state: z.strictObject({ word: z.string() }),
  expected: z.null(),
  answer: z.strictObject({ word: z.string().max(40) }),
  describe: () => [{ name: 'word', title: 'login.title', lead: { key: 'login.title' } }],
  challenge: (state) => ({
    ok: true,
    state,
    prompt: null,
    expected: null,
    validFor: minutes(3),
    deliver: [],
  }),
  verify: (state, { answer }) =>
    answer.word === state.word
      ? { outcome: 'accepted', state }
      : { outcome: 'rejected', reason: 'wrong-word' },
  decoy: () => ({ word: 'nobody knows' }),
  enrol: {
    begin: (_request, { random, now, way, before }) => {
      if (before && now < after(before.drawnAt, minutes(2)))
        return { ok: false, problem: 'login.wait', until: after(before.drawnAt, minutes(2)) }
      const word = Buffer.from(random(6)).toString('hex')
      const payload = { word, way }
      return {
        ok: true,
        prompt: { word },
        expected: { word },
        deliver: way === null ? [] : [{ channel: 'crow', address: 'the tower', payload }],
      }
    },
    complete: async (answer, { expected }) => {
      const { word } = expected as { readonly word: string }
      return answer === word ? { ok: true, label: 'Pebble', state: { word } } : { wrong: true }
    },
    describe: () => [
      { name: 'word', title: 'login.title', lead: { key: 'login.title' }, once: true },
      { name: 'proof', title: 'login.title', lead: { key: 'login.title' } },
    ],
  },
})
