import { z } from 'zod'
import { minutes } from '#core/time/time.ts'
import { defineMethod } from '#methods/method.ts'
import { latestStepAt, stepsOf } from '#methods/totp/codes.ts'
import { enrol } from '#methods/totp/enrol.ts'
import { describe } from '#methods/totp/prompt.ts'
import { TotpState } from '#methods/totp/state.ts'
import { TotpAnswer } from '#methods/totp/wire.ts'

/**
 * Any authenticator app: a key that both sides have turns the time into six digits, anew every half
 * minute.
 *
 * A code that is accepted writes its step, under the version that was read: of two requests with
 * the same code at once, on any nodes, one is let in (A7).
 *
 * @see RFC 6238, "TOTP: Time-Based One-Time Password Algorithm"
 * @see NIST SP 800-63B-4, "Single-Factor OTP"
 */
export const totp = defineMethod({
  name: 'totp',
  icon: 'clock',
  acr: '3',
  amr: ['otp'],
  hardCap: 10,
  secondFactor: true,
  onPhone: 'always',
  // The same key can be scanned into several apps; a new one ends those that were forgotten
  // somewhere.
  onePerSubscriber: true,
  bindsFrom: '3',
  state: TotpState,
  expected: z.null(),
  answer: TotpAnswer,
  describe,

  // As long as a login lasts: what ends sooner is the code.
  challenge: (state) => ({
    ok: true,
    state,
    prompt: null,
    expected: null,
    validFor: minutes(10),
    deliver: [],
  }),

  verify(state, { answer: { code }, now }) {
    const steps = stepsOf({ key: state.key, code, now })
    const step = steps.find((one) => one > state.usedStep)
    if (step !== undefined) return { outcome: 'accepted', state: { ...state, usedStep: step } }
    return { outcome: 'rejected', reason: steps.length > 0 ? 'used-before' : 'wrong-code' }
  },

  // A code of now may have been used a moment before: the next one that counts comes in a minute.
  restored: (state, { now }) => ({
    ...state,
    usedStep: Math.max(state.usedStep, latestStepAt(now)),
  }),

  decoy: (random) => ({ key: Buffer.from(random(20)).toString('base64url'), usedStep: 0 }),

  enrol,
})
