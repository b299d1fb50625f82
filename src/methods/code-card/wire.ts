import { z } from 'zod'

/** As printed: eight columns of 28, and a code of three symbols beside each number. */
export const CELLS = 224
export const CODE_LENGTH = 3
/** How many cells are asked at once. */
export const ASKED = 2

/**
 * Crockford's base 32. There is no I, L, O or U on a card, so who reads a 1 as a letter, or a zero as O,
 * is understood.
 */
export const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Both codes as people type them: in small letters, with spaces or dashes, in full-width characters
 * (R024, R154).
 */
export const Codes = z
  .string()
  .max(64)
  .transform((typed) =>
    typed
      .normalize('NFKC')
      .toUpperCase()
      .replaceAll(/[\s\p{Pd}]/gu, '')
      .replaceAll('O', '0')
      .replaceAll(/[IL]/g, '1'),
  )
  .pipe(z.string().regex(/^[0-9A-HJKMNP-TV-Z]{6}$/))

export const CodeCardAnswer = z.strictObject({ codes: Codes })
