import { z } from 'zod'
import { TypedCode } from '#methods/six-digits.ts'

/** What is typed on the pages. */

/** The answer to a challenge. */
export const CodeAnswer = z.strictObject({ code: TypedCode })
export type CodeAnswer = z.infer<typeof CodeAnswer>

/** What begins a binding; the number is read by `parseNumber`. */
export const NumberRequest = z.strictObject({ number: z.string().max(200) })
