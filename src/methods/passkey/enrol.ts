import { z } from 'zod'
import type { Language } from '#core/subscribers/account.ts'
import type { EnrolBy, Enrolling } from '#methods/enrol.ts'
import { labelOf } from '#methods/passkey/label.ts'
import { CREATES, describeCreation } from '#methods/passkey/prompt.ts'
import { CHALLENGE_LENGTH_BYTES, Site, siteOf } from '#methods/passkey/relying-party.ts'
import { PasskeyState } from '#methods/passkey/state.ts'
import { Registration, sentAsText } from '#methods/passkey/wire.ts'

/** Ed25519, ECDSA with P-256, RSA: what every authenticator has one of. @see RFC 9053 */
const ALGORITHMS = [-8, -7, -257]

const Drawn = z.strictObject({
  challenge: z.base64url(),
  ...Site.shape,
  userHandle: z.string(),
  excluded: z.array(z.string()),
})
type Drawn = z.infer<typeof Drawn>

/** The browser makes the passkey, which proves with its first answer that it is there. */
export const enrolAt = (rpId: string | null): EnrolBy<PasskeyState> => ({
  begin(_request, enrolling) {
    const { issuer, random, subscriber, held } = enrolling
    const site = siteOf(issuer, rpId)
    const challenge = Buffer.from(random(CHALLENGE_LENGTH_BYTES)).toString('base64url')
    const passkeys = held.map(({ state }) => PasskeyState.parse(state))
    const excluded = passkeys.map(({ credentialId }) => credentialId)
    const drawn: Drawn = { ...site, challenge, userHandle: subscriber.id, excluded }
    return {
      ok: true,
      prompt: creationOptions(enrolling, { ...site, challenge, passkeys }),
      expected: drawn,
      deliver: [],
    }
  },

  async complete(answer, { expected, language }) {
    const typed = sentAsText(Registration).safeParse(answer)
    if (!typed.success) return { ok: false, problem: 'enrolment.malformed-key' }
    const bound = await registered(typed.data, Drawn.parse(expected), language)
    return bound ?? { ok: false, problem: 'enrolment.malformed-key' }
  },

  describe: describeCreation,
})

/**
 * What the browser is asked to make: one that verifies its holder and can be found without a user
 * name, so that it can log in by itself. The second is a wish and not a demand: a browser refuses a
 * demand in the same words as a window that was closed, and a wish lets `complete` say what the
 * security key lacks.
 *
 * @see WebAuthn level 3, "PublicKeyCredentialCreationOptionsJSON", section 5.1.9
 */
function creationOptions(
  { brand, subscriber: { id, userName } }: Enrolling,
  drawn: Site & { readonly challenge: string; readonly passkeys: readonly PasskeyState[] },
) {
  const { rpId, challenge, passkeys } = drawn
  return {
    ...CREATES,
    publicKey: {
      rp: { id: rpId, name: brand },
      user: {
        id: Buffer.from(id).toString('base64url'),
        name: userName,
        displayName: userName,
      },
      challenge,
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: passkeys.map(({ credentialId, transports }) => ({
        type: 'public-key',
        id: credentialId,
        transports,
      })),
      authenticatorSelection: {
        residentKey: 'preferred',
        requireResidentKey: false,
        userVerification: 'required',
      },
      attestation: 'none',
      // Whether it can be found without a user name. @see WebAuthn level 3, section 10.1.3
      extensions: { credProps: true },
    },
  }
}

/** @see WebAuthn level 3, "Registering a New Credential", section 7.1 */
async function registered(registration: Registration, drawn: Drawn, language: Language) {
  const made = await verified(registration, drawn)
  // Asked not to, a browser makes no second one; a second one was made up by the caller.
  if (!made || drawn.excluded.includes(made.credential.id)) return null
  if (!made.userVerified) return { ok: false, problem: 'enrolment.no-user-verification' } as const
  // A browser that does not say leaves it open: the passkey then confirms logins, and may begin
  // none.
  if (registration.clientExtensionResults?.credProps?.rk === false) {
    return { ok: false, problem: 'enrolment.no-resident-key' } as const
  }
  const { credential, aaguid, credentialDeviceType, credentialBackedUp: backedUp } = made
  const state: PasskeyState = {
    userHandle: drawn.userHandle,
    credentialId: credential.id,
    counter: credential.counter,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    transports: registration.response.transports ?? [],
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp,
    aaguid,
  }
  return { ok: true, label: labelOf(registration, { aaguid, language }), state } as const
}

async function verified({ id, response }: Registration, { challenge, origin, rpId }: Drawn) {
  const { clientDataJSON } = response
  try {
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
    const attestationObject = await withoutAttestation(response.attestationObject)
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      // Judged by `registered`, which says so.
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    return registrationInfo?.credential.id === id ? registrationInfo : null
  } catch {
    return null
  }
}

/**
 * We ask for no attestation, so what an authenticator or a browser says of the maker all the same
 * is not looked at: of whatever format it is, known, new or wrong. It is taken out, because the
 * library would judge it.
 *
 * @see WebAuthn level 3, section 7.1, step 22, and section 8.7, "None Attestation Statement Format"
 */
async function withoutAttestation(attestationObject: string): Promise<string> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers')
  const object = decodeAttestationObject(
    new Uint8Array(Buffer.from(attestationObject, 'base64url')),
  )
  const none: [string, string | Uint8Array | Map<string, string>][] = [
    ['fmt', 'none'],
    ['attStmt', new Map<string, string>()],
    ['authData', object.get('authData')],
  ]
  return Buffer.from(isoCBOR.encode(new Map(none))).toString('base64url')
}
