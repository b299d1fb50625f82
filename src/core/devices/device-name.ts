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
