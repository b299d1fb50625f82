import { z } from 'zod'

/** Eight of 32 symbols: 40 bits. */
export const PASSCODE_LENGTH = 8

/** Crockford's base 32: no I, L, O or U, so that it can be read aloud. Upper case only (R025). */
export const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * A passcode as it is typed: spaces and dashes between its groups are taken out, and nothing else is
 * changed. Small letters are kept, because they are compared exactly (S20).
 */
const Passcode = z
  .string()
  .max(64)
  .transform((typed) => typed.normalize('NFKC').replaceAll(/[\s\p{Pd}]/gu, ''))
  .pipe(z.string().regex(/^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{8}$/))

export const TemporaryPasscodeAnswer = z.strictObject({ passcode: Passcode })
