import { z } from 'zod'

/**
 * What a browser sends: the JSON forms of WebAuthn, as text in a field of a form. Members that we
 * do not look at are passed over, since browsers add to them.
 *
 * @see WebAuthn level 3, "toJSON()" of PublicKeyCredential, section 5.1
 */

/** An assertion with everything in it is about 1 KB, a registration with an attestation about 6. */
const TEXT_LENGTH_MAX = 16_384

/** A credential id has at most 1,023 bytes. @see WebAuthn level 3, section 4, "Credential ID" */
const CredentialId = z.base64url().min(1).max(1_364)
const bytes = z.base64url().max(TEXT_LENGTH_MAX)

const credential = {
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().nullish(),
}

/**
 * `authenticatorData`, `signature` and what was signed; the user handle comes with a discoverable
 * one.
 */
const Assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.nullish(),
  }),
})
export type Assertion = z.infer<typeof Assertion>

export const Registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z.array(z.string().max(20)).max(10).optional().catch(undefined),
  }),
  clientExtensionResults: z
    .object({ credProps: z.object({ rk: z.boolean().optional() }).optional() })
    .optional()
    .catch(undefined),
})
export type Registration = z.infer<typeof Registration>

/** JSON in a text field. */
export const sentAsText = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .max(TEXT_LENGTH_MAX)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)

/** What a claimant sends: what the browser has made of the challenge. */
export const PasskeyAnswer = z.strictObject({ assertion: sentAsText(Assertion) })
export type PasskeyAnswer = z.infer<typeof PasskeyAnswer>
