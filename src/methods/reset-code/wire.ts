import { z } from 'zod'

/** Eight symbols of Crockford's base 32: 40 bits. What looks alike is one; groups may be set apart. */
const Code = z
  .string()
  .max(64)
  .transform((typed) =>
    typed
      .normalize('NFKC')
      .replaceAll(/[\s\p{Pd}]/gu, '')
      .toUpperCase()
      .replaceAll('O', '0')
      .replaceAll(/[IL]/g, '1'),
  )
  .pipe(z.string().regex(/^[0-9A-HJKMNP-TV-Z]{8}$/))

/** It is typed where a password would be. */
export const ResetCodeAnswer = z.strictObject({ password: Code })
