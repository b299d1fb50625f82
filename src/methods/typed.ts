import { z } from 'zod'
import { readCode } from '#core/text/typed.ts'

/**
 * The longest text that is read as a code: several times a code with its groups and what was copied
 * with it.
 */
const TYPED_LENGTH_MAX = 64

/**
 * A code as people type or paste it, in groups, with dashes, in digits of their script, with
 * invisible marks (R024). Every field of a code is read with this.
 *
 * @param pattern what is left must match.
 * @param read reads the code; without, it is taken as it stands, in the letters in which it was
 *   typed.
 */
export const typedCode = (pattern: RegExp, read = readCode) =>
  z.string().max(TYPED_LENGTH_MAX).transform(read).pipe(z.string().regex(pattern))
