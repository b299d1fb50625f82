import { lineOf } from '#core/text/line.ts'

/** In code points: the longest names of travel documents fit. */
export const FULL_NAME_LENGTH_MAX = 80

/** What a client is called in full, as it is kept and shown; `null` when it cannot be a name. */
export const fullNameOf = (typed: string): string | null => lineOf(typed, FULL_NAME_LENGTH_MAX)
