import { z } from 'zod'

/** What is typed on the pages. */

/** Six digits as people type them: in groups, with dashes, in full-width digits (R024). */
export const TypedCode = z
  .string()
  .max(64)
  .transform((typed) => typed.normalize('NFKC').replaceAll(/[\s\p{Pd}]/gu, ''))
  .pipe(z.string().regex(/^[0-9]{6}$/))

/** The answer to a challenge. */
export const CodeAnswer = z.strictObject({ code: TypedCode })
export type CodeAnswer = z.infer<typeof CodeAnswer>

/** What begins a binding; the number is read by `parseNumber`. */
export const NumberRequest = z.strictObject({ number: z.string().max(200) })
