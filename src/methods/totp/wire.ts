import { z } from 'zod'

/** How many digits every authenticator app shows. */
export const CODE_DIGITS = 6

/** Six digits as people type them: in groups, with dashes, in full-width digits (R024). */
export const Code = z
  .string()
  .max(64)
  .transform((typed) => typed.normalize('NFKC').replaceAll(/[\s\p{Pd}]/gu, ''))
  .pipe(z.string().regex(/^[0-9]{6}$/))

/** What a claimant types: what the app shows at this moment. */
export const TotpAnswer = z.strictObject({ code: Code })
