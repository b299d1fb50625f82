import { lineOf } from '#core/text/line.ts'

/** Longest name of an authenticator, in code points. */
const LABEL_LENGTH_MAX = 40

/**
 * The name of an authenticator as it is kept, shown and signed; `null` when it cannot be one.
 * Keyboards put a character that is not drawn behind a symbol to have it drawn in colour; that one
 * is left out.
 */
export const labelOf = (typed: string): string | null =>
  lineOf(typed.replaceAll(/[\ufe0e\ufe0f]/gu, ''), LABEL_LENGTH_MAX)

/** Longest model of a device, in code points. */
const MODEL_LENGTH_MAX = 40

/**
 * What a device says that it is, as it is kept and shown. It is for its holder to recognise it and
 * no rule relies on it, so what cannot be shown is left out and refuses nothing.
 */
export function modelOf(said: string | null | undefined): string | null {
  const line = lineOf(said ?? '', MODEL_LENGTH_MAX)
  return line !== null && /^[\p{L}\p{N} .+_/()-]+$/u.test(line) ? line : null
}
