import { z } from 'zod'

/**
 * No password is longer: what is beyond is refused before any work is done. In UTF-16 code units,
 * four for each code point of the longest password that may be chosen: so many can one of them be
 * typed in.
 */
export const PASSWORD_LENGTH_MAX = 1024

/** What a claimant types. Nothing is trimmed, cut or changed. */
export const PasswordAnswer = z.strictObject({
  password: z.string().min(1).max(PASSWORD_LENGTH_MAX),
})

/**
 * The form in which a password is counted and hashed: two ways to type one character are one
 * password.
 *
 * @see RFC 8265, "OpaqueString Profile", section 4.2
 */
export const opaqueString = (password: string): string =>
  password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC')
