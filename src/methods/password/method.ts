import { z } from 'zod'
import { minutes } from '#core/time/time.ts'
import { defineMethod, type Method } from '#methods/method.ts'
import type { PasswordHasher } from '#methods/password/hasher.ts'
import { describe } from '#methods/password/prompt.ts'
import { PasswordAnswer } from '#methods/password/wire.ts'

const State = z.strictObject({ hash: z.string() })

/**
 * What a subscriber knows. It is always the first factor and never the second.
 *
 * @see NIST SP 800-63B-4, "Passwords"
 */
export const password = (hasher: PasswordHasher): Method =>
  defineMethod({
    name: 'password',
    icon: 'lock',
    acr: '1',
    amr: ['pwd'],
    hardCap: 50,
    secondFactor: false,
    onePerSubscriber: true,
    bindsFrom: '1',
    state: State,
    expected: z.null(),
    answer: PasswordAnswer,
    describe,

    challenge(state) {
      return {
        ok: true,
        state,
        prompt: null,
        expected: null,
        validFor: minutes(10),
        deliver: [],
      }
    },

    async verify(state, { answer }) {
      const right = await hasher.verify(state.hash, answer.password)
      if (!right) return { outcome: 'rejected', reason: 'wrong' }
      // A new pepper can come to a hash only while the password is known (A27).
      if (!hasher.isOfOlderPepper(state.hash)) return { outcome: 'accepted', state }
      return { outcome: 'accepted', state: { hash: await hasher.hash(answer.password) } }
    },

    // No client knows this one; checking it takes as long as checking any other (A1).
    decoy: () => ({ hash: hasher.nobody }),
  })
