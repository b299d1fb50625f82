import { z } from 'zod'
import type { Phase } from '#core/assurance.ts'
import type { BrowserId } from '#core/ids.ts'
import { after, days, hours, instant, minutes } from '#core/time/time.ts'
import type { SlowHash } from '#methods/keyed.ts'
import { defineMethod, type Method } from '#methods/method.ts'
import { describe, NAME, type PasscodePrompt } from '#methods/temporary-passcode/prompt.ts'
import {
  PASSCODE_LENGTH,
  SYMBOLS,
  TemporaryPasscodeAnswer,
} from '#methods/temporary-passcode/wire.ts'

/** Everything for so long, then the printing of a code card until the end (R094, R095, S58). */
export const FULL_ACCESS = hours(48)
export const LIFETIME = days(12)
/** Wrong ones in a row; after them it is locked. */
export const PASSCODE_TRIES = 5

const State = z.strictObject({
  hash: z.string(),
  fullUntil: z.number().int(),
  printsUntil: z.number().int(),
  /** Where it was used first, and alone works from then on; `null` before. */
  browser: z.string().nullable(),
  program: z.string().nullable(),
  /** The browsers in which alone it is accepted; `null` for any. */
  only: z.array(z.string()).nullable().default(null),
})
type State = z.infer<typeof State>

const CHALLENGE_LIFETIME = minutes(3)

/**
 * What the desk reads out to a client whom it has verified, while the permanent device is away.
 *
 * It is static, so it cannot resist replay by itself. It is bound to the first browser, and the
 * first program of its own, that it was used in: overheard or forwarded, it opens nothing
 * elsewhere. One that a single agent gave out is accepted only in browsers that its client has used
 * before: the agent who has read it out, and knows the password besides, is in none of them.
 *
 * @see docs/threats.md, A14; security C5
 */
export const temporaryPasscode = (hash: SlowHash): Method =>
  defineMethod<State, null, z.infer<typeof TemporaryPasscodeAnswer>>({
    name: 'temporary-passcode',
    icon: 'clock',
    acr: '2t',
    // Two secrets that are only known are one factor, and the references of the login say so.
    amr: ['pwd'],
    hardCap: PASSCODE_TRIES,
    secondFactor: true,
    onePerSubscriber: true,
    bindsFrom: '2t',
    vouched: true,
    standsIn: true,
    reusable: true,
    expired: 'login.passcode-expired',
    state: State,
    expected: z.null(),
    answer: TemporaryPasscodeAnswer,
    describe,

    challenge(state, { now }) {
      const prompt: PasscodePrompt = { printsOnly: now >= state.fullUntil }
      return {
        ok: true,
        state,
        prompt: { ...prompt },
        expected: null,
        validFor: CHALLENGE_LIFETIME,
        deliver: [],
      }
    },

    async verify(state, { answer: { passcode }, browser, isProgram = false }) {
      const exact = passcode.toUpperCase()
      if (!(await hash.verify(state.hash, exact))) {
        return { outcome: 'rejected', reason: 'wrong-passcode' }
      }
      // A claimant who typed it right but for the case knows it already: saying so gives nothing
      // away (R025).
      if (passcode !== exact) return explained('lower-case', 'login.capital-letters')
      const place = isProgram ? 'program' : 'browser'
      if (!isHere(state, place, browser)) return explained('other-browser', 'login.other-browser')
      return { outcome: 'accepted', state: { ...state, [place]: browser }, phases: phasesOf(state) }
    },

    decoy: () => ({
      hash: hash.nobody,
      fullUntil: 0,
      printsUntil: 0,
      browser: null,
      program: null,
      only: null,
    }),

    issued: {
      async issue({ now, random, language, only }) {
        const secret = drawPasscode(random)
        const [fullUntil, expiresAt] = [after(now, FULL_ACCESS), after(now, LIFETIME)]
        const state: State = {
          hash: await hash.hash(secret),
          fullUntil,
          printsUntil: expiresAt,
          browser: null,
          program: null,
          only: only === undefined ? null : [...only],
        }
        return { label: NAME[language], state, expiresAt, phases: phasesOf(state), secret }
      },
      release: released,
    },
  })

/** Free to be used elsewhere: in these browsers alone, or in those that it was given out for. */
const released = (state: State, only?: readonly BrowserId[]): State => ({
  ...state,
  browser: null,
  program: null,
  only: only === undefined ? state.only : [...only],
})

/** Right, and refused all the same: the challenge stays open, and no guess is counted. */
const explained = (reason: string, problem: 'login.capital-letters' | 'login.other-browser') =>
  ({ outcome: 'rejected', reason, open: true, explained: problem }) as const

/** A device has no browser, and a passcode is never typed on one. */
const isHere = (state: State, place: 'browser' | 'program', browser: BrowserId | null): boolean =>
  browser !== null &&
  (state[place] === null || state[place] === browser) &&
  (state.only === null || state.only.includes(browser))

const phasesOf = ({ fullUntil, printsUntil }: State): readonly Phase[] => [
  { until: instant(fullUntil), opens: 'everything' },
  { until: instant(printsUntil), opens: 'card-printing' },
]

const drawPasscode = (random: (length: number) => Uint8Array): string =>
  Array.from(random(PASSCODE_LENGTH), (byte) => SYMBOLS.charAt(byte & 31)).join('')
