import { z } from 'zod'

/** What an answer to us must have been made for. */
export const Site = z.strictObject({
  /** The address that the browser saw: a false page has another (A6). */
  origin: z.string(),
  /** The domain that the passkey belongs to. */
  rpId: z.string(),
})
export type Site = z.infer<typeof Site>

/**
 * @param rpId for an installation whose passkeys belong to a domain above its host; `null` is the
 *   host.
 * @see WebAuthn level 3, "Relying Party Identifier", section 4
 */
export const siteOf = (issuer: string, rpId: string | null): Site => ({
  origin: new URL(issuer).origin,
  rpId: rpId ?? new URL(issuer).hostname,
})

/** Twice what section 13.4.3 asks for at least (S51, S52). */
export const CHALLENGE_LENGTH_BYTES = 32
