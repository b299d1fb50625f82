import { z } from 'zod'
import { minutes } from '#core/time/time.ts'
import type { SlowHash } from '#methods/keyed.ts'
import { defineMethod, type Method } from '#methods/method.ts'
import { describe } from '#methods/reset-code/prompt.ts'
import { ResetCodeAnswer } from '#methods/reset-code/wire.ts'

const State = z.strictObject({ hash: z.string() })

/**
 * What the desk reads out to a client who has forgotten the password. It stands where the password
 * stands, and leads to the choice of another one and nowhere else: a second factor still has to
 * follow (S18).
 *
 * @see OWASP ASVS 5.0, 6.4.3 and 6.4.6
 */
export const resetCode = (hash: SlowHash): Method =>
  defineMethod({
    name: 'reset-code',
    icon: 'key',
    acr: '1',
    amr: ['pwd'],
    // More than strangers can guess in its hour (`core/login/throttle.ts`): they cannot use it up
    // (A28).
    hardCap: 100,
    secondFactor: false,
    resets: true,
    onePerSubscriber: true,
    bindsFrom: '1',
    state: State,
    expected: z.null(),
    answer: ResetCodeAnswer,
    describe,

    challenge: (state) => ({
      ok: true,
      state,
      prompt: null,
      expected: null,
      validFor: minutes(10),
      deliver: [],
    }),

    async verify(state, { answer }) {
      const right = await hash.verify(state.hash, answer.password)
      return right ? { outcome: 'accepted', state } : { outcome: 'rejected', reason: 'wrong' }
    },

    // No client knows this one; checking it takes as long as checking any other (A1).
    decoy: () => ({ hash: hash.nobody }),
  })
