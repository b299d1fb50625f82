import { z } from 'zod'
import { readBase32 } from '#core/text/typed.ts'
import { typedCode } from '#methods/typed.ts'

/** As printed: eight columns of 28, and a code of three symbols beside each number. */
export const CELLS = 224
export const CODE_LENGTH = 3
/** How many cells are asked at once. */
export const ASKED = 2

/**
 * Crockford's base 32. There is no I, L, O or U on a card, so who reads a 1 as a letter, or a zero
 * as O, is understood.
 */
export const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Both codes as people type them, with a space between them or without (R024, R154). */
export const Codes = typedCode(/^[0-9A-HJKMNP-TV-Z]{6}$/, readBase32)

export const CodeCardAnswer = z.strictObject({ codes: Codes })
