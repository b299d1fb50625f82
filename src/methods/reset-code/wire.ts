import { z } from 'zod'
import { readBase32 } from '#core/text/typed.ts'
import { typedCode } from '#methods/typed.ts'

/** Eight symbols of Crockford's base 32: 40 bits. */
const Code = typedCode(/^[0-9A-HJKMNP-TV-Z]{8}$/, readBase32)

/** It is typed where a password would be. */
export const ResetCodeAnswer = z.strictObject({ password: Code })
