import type { Json } from '#core/json.ts'
import { minutes } from '#core/time/time.ts'
import { defineMethod, type Method } from '#methods/method.ts'
import { Expected, holderIn, judged } from '#methods/passkey/assertion.ts'
import { enrolAt } from '#methods/passkey/enrol.ts'
import { ANSWERS, asking, describe, OFFERS, offering } from '#methods/passkey/prompt.ts'
import { CHALLENGE_LENGTH_BYTES, type Site, siteOf } from '#methods/passkey/relying-party.ts'
import { PasskeyState } from '#methods/passkey/state.ts'
import { PasskeyAnswer } from '#methods/passkey/wire.ts'

/**
 * How long a challenge can be answered: as long as the page that carries it is likely to be looked
 * at.
 */
const CHALLENGE_LIFETIME = minutes(5)

/**
 * A key pair that the client's device keeps for this address alone, and uses after it has verified
 * its holder with a finger, a face or a PIN: two factors in one, and the only method that a false
 * page gets nothing from (A6, S50).
 *
 * So it logs in in two ways: after the password, and by itself.
 *
 * @param rpId the domain that passkeys belong to; `null` is the host of this installation.
 * @see WebAuthn level 3; NIST SP 800-63B-4, "Multi-Factor Cryptographic Authentication" and
 *   "Syncable Authenticators"
 */
export const passkey = (rpId: string | null = null): Method =>
  defineMethod<PasskeyState, Expected, PasskeyAnswer>({
    name: 'passkey',
    icon: 'key',
    acr: '4',
    amr: ['user', 'pop'],
    // Signatures are not guessed, so none is counted; a copy is found out by its own count.
    hardCap: 10,
    secondFactor: true,
    telling: true,
    onPhone: 'perhaps',
    onePerSubscriber: false,
    bindsFrom: '4',
    state: PasskeyState,
    expected: Expected,
    answer: PasskeyAnswer,
    describe,

    challenge(state, { random, issuer }) {
      const { options, expected } = asked(siteOf(issuer, rpId), random)
      const publicKey = { ...options, allowCredentials: [descriptor(state)] }
      return {
        ok: true,
        state,
        prompt: { ...ANSWERS, publicKey },
        expected,
        validFor: CHALLENGE_LIFETIME,
        deliver: [],
      }
    },

    verify: (state, { expected, answer }) => judged(state, expected, answer.assertion),

    decoy: (random) => ({
      userHandle: '',
      counter: 0,
      transports: ['internal'],
      aaguid: '',
      credentialId: Buffer.from(random(32)).toString('base64url'),
      publicKey: Buffer.from(random(32)).toString('base64url'),
      backupEligible: true,
      backedUp: true,
    }),

    enrol: enrolAt(rpId),

    identify: {
      offer({ random, issuer }) {
        const { options, expected } = asked(siteOf(issuer, rpId), random)
        const view = offering({ ...OFFERS, publicKey: options })
        return { ...view, expected, validFor: CHALLENGE_LIFETIME }
      },
      ask(held, { random, issuer }) {
        const { options, expected } = asked(siteOf(issuer, rpId), random)
        const publicKey = { ...options, allowCredentials: held.map(descriptor) }
        return { ...asking({ ...ANSWERS, publicKey }), expected, validFor: CHALLENGE_LIFETIME }
      },
      claims(answer) {
        const { assertion } = PasskeyAnswer.safeParse(answer).data ?? {}
        if (!assertion?.response.userHandle) return null
        return {
          subscriberId: holderIn(assertion.response.userHandle),
          isOf: ({ credentialId }) => credentialId === assertion.id,
        }
      },
    },
  })

/** One that may answer. @see WebAuthn level 3, section 5.8.3 */
const descriptor = ({ credentialId: id, transports }: PasskeyState) => ({
  type: 'public-key',
  id,
  transports,
})

/** A question to whatever passkey there is. @see WebAuthn level 3, section 5.5 */
function asked(
  { origin, rpId }: Site,
  random: (length: number) => Uint8Array,
): { readonly options: Readonly<Record<string, Json>>; readonly expected: Expected } {
  const challenge = Buffer.from(random(CHALLENGE_LENGTH_BYTES)).toString('base64url')
  const timeout: number = CHALLENGE_LIFETIME
  return {
    options: { challenge, rpId, userVerification: 'required', timeout },
    expected: { origin, rpId, challenge },
  }
}
