import { z } from 'zod'
import { typedCode } from '#methods/typed.ts'

/** How many digits every authenticator app shows. */
export const CODE_DIGITS = 6

export const Code = typedCode(/^[0-9]{6}$/)

/** What a claimant types: what the app shows at this moment. */
export const TotpAnswer = z.strictObject({ code: Code })
