import { z } from 'zod'
import type { VerdictBy } from '#methods/method.ts'
import { Site } from '#methods/passkey/relying-party.ts'
import type { PasskeyState } from '#methods/passkey/state.ts'
import type { Assertion } from '#methods/passkey/wire.ts'

/** What an answer is held against. */
export const Expected = z.strictObject({ challenge: z.base64url(), ...Site.shape })
export type Expected = z.infer<typeof Expected>

/**
 * What the browser says it was asked, and where: the part of it that the reason in the log needs.
 */
const ClientData = z.object({ origin: z.string(), crossOrigin: z.boolean().optional() })

/**
 * Judges an assertion: type, challenge, origin, domain, presence, verification of the holder and
 * signature are checked by the library; whose it is, its count and where it may be kept are checked
 * here.
 *
 * A signature cannot be guessed, so a wrong one does not count against the passkey: an attacker who
 * knows a password could otherwise lock it with rubbish (A28). It is refused, and written down, all
 * the same.
 *
 * @see WebAuthn level 3, "Verifying an Authentication Assertion", section 7.2 (S52)
 */
export async function judged(
  state: PasskeyState,
  expected: Expected,
  assertion: Assertion,
): Promise<VerdictBy<PasskeyState>> {
  const { userHandle } = assertion.response
  if (assertion.id !== state.credentialId) return refused('another-passkey')
  if (userHandle && holderIn(userHandle) !== state.userHandle) return refused('another-holder')
  const client = clientDataOf(assertion)
  if (client?.origin !== expected.origin) return refused('foreign-origin')
  if (client.crossOrigin === true) return refused('in-a-frame')
  const proven = await verified(state, expected, assertion)
  if (!proven) return refused('not-verified')
  const { newCounter: counter, credentialDeviceType, credentialBackedUp: backedUp } = proven
  // Signed right, so its holder may hear what to do: it is another kind of passkey than the one
  // that was bound.
  if ((credentialDeviceType === 'multiDevice') !== state.backupEligible) {
    return { ...refused('backup-eligibility-changed'), explained: 'login.passkey-changed' }
  }
  const wentBack = (counter > 0 || state.counter > 0) && counter <= state.counter
  // There is a copy of one that cannot leave its device. They cannot be told apart, so neither
  // opens anything any more.
  if (wentBack && !state.backupEligible) return { ...refused('counter-went-back'), disable: true }
  const key = state.backupEligible ? 'swk' : 'hwk'
  return {
    outcome: 'accepted',
    state: { ...state, counter, backedUp },
    amr: [key, 'user', 'pop'],
    // One that is synced is on several devices by right, and each may count for itself: its holder
    // is told.
    ...(wentBack && { copySuspected: true }),
  }
}

const refused = (reason: string) => ({ outcome: 'rejected', reason, guess: false }) as const

/** The text of a user handle, which is an id of ours where the passkey is. */
export const holderIn = (userHandle: string): string =>
  Buffer.from(userHandle, 'base64url').toString('utf8')

function clientDataOf({ response }: Assertion): z.infer<typeof ClientData> | null {
  try {
    const text = Buffer.from(response.clientDataJSON, 'base64url').toString('utf8')
    return ClientData.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** The library throws for whatever is wrong: all of it is one "no" here. */
async function verified(state: PasskeyState, expected: Expected, { id, response }: Assertion) {
  const { clientDataJSON, authenticatorData, signature } = response
  try {
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
    const { verified: isRight, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      credential: {
        id: state.credentialId,
        publicKey: new Uint8Array(Buffer.from(state.publicKey, 'base64url')),
        // Below every count, so that the library leaves judging it to us: it could only throw.
        counter: -1,
      },
    })
    return isRight ? authenticationInfo : null
  } catch {
    return null
  }
}
