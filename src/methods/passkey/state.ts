import { z } from 'zod'

/**
 * What is kept of a passkey: nothing in it is secret, and all of it is needed to judge the next
 * use.
 */
export const PasskeyState = z.strictObject({
  /** Whom it logs in, as the authenticator says it: the id of the subscriber. */
  userHandle: z.string(),
  credentialId: z.base64url(),
  /** COSE_Key. @see RFC 9052, section 7 */
  publicKey: z.base64url(),
  /** Signatures so far, as the authenticator counts them; many do not, and stay at 0. */
  counter: z.number().int().nonnegative(),
  transports: z.array(z.string()),
  /** BE: whether it may leave the device it was made on. It never changes. */
  backupEligible: z.boolean(),
  /** BS: whether it has. */
  backedUp: z.boolean(),
  /** What made it, as it says itself: good for a label and for nothing else. */
  aaguid: z.string(),
})
export type PasskeyState = z.infer<typeof PasskeyState>
