import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

/**
 * The value in each form that ties it to the browser it was given to: a foreign page cannot know it, and
 * one browser's form is worth nothing in another (A10, login CSRF).
 *
 * @see OWASP ASVS 5.0, 3.5.1; NIST SP 800-63B-4, "Session Bindings"
 */
export interface Forms {
  /** The value for a browser that holds this secret. */
  tokenFor(secret: string): string
  isGenuine(secret: string | null, token: string | undefined): boolean
}

export function formsWith(key: KeyObject): Forms {
  const tokenFor = (secret: string) => createHmac('sha256', key).update(secret).digest('base64url')
  return {
    tokenFor,
    isGenuine(secret, token) {
      if (secret === null || token === undefined) return false
      const expected = Buffer.from(tokenFor(secret))
      const sent = Buffer.from(token)
      return sent.length === expected.length && timingSafeEqual(sent, expected)
    },
  }
}
