import { z } from 'zod'
import { typedCode } from '#methods/typed.ts'

/** Eight of 32 symbols: 40 bits. */
export const PASSCODE_LENGTH = 8

/** Crockford's base 32: no I, L, O or U, so that it can be read aloud. Upper case only (R025). */
export const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * A passcode as it is typed. Small letters stay small, because they are compared exactly (R025,
 * S20).
 */
const Passcode = typedCode(/^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{8}$/)

export const TemporaryPasscodeAnswer = z.strictObject({ passcode: Passcode })
