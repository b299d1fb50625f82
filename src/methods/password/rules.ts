import { isCommon } from '#methods/password/blocklist.ts'
import { opaqueString } from '#methods/password/wire.ts'

/**
 * Which passwords may be chosen. There is no rule on what kinds of characters a password has, and
 * none that makes it expire: both make people choose worse ones (S15).
 *
 * @see NIST SP 800-63B-4, "Password Verifiers" (S13, S14, S16)
 */
export type PasswordProblem = 'too-short' | 'too-long' | 'common' | 'context' | 'pattern'

/** The shortest password beside a second factor, in code points. */
export const LENGTH_MIN = 8
/** The shortest password that opens anything by itself. */
export const LENGTH_MIN_ALONE = 15
/** The longest: NIST asks for 64 at least. */
export const LENGTH_MAX = 256

/** How many pieces a password has at least, where `aaa`, `123` and `cba` are one piece each. */
const PIECES_MIN = 5

export interface PasswordRules {
  /** `LENGTH_MIN` or `LENGTH_MIN_ALONE`. */
  readonly minimum: number
  /**
   * What an attacker would try on this subscriber: the brokerage, the product, their own user name.
   */
  readonly contextWords: readonly string[]
}

/** Why this password may not be chosen, or `null` when it may. */
export function passwordProblem(password: string, rules: PasswordRules): PasswordProblem | null {
  const characters = [...opaqueString(password)]
  if (characters.length < rules.minimum) return 'too-short'
  if (characters.length > LENGTH_MAX) return 'too-long'
  const folded = fold(password)
  if (isCommon(folded)) return 'common'
  if (isMadeOf(folded, rules.contextWords)) return 'context'
  if (pieces(folded) < PIECES_MIN) return 'pattern'
  // Repetition adds no strength, so the text must be good enough once.
  const unit = repeatedUnit(folded)
  return unit !== null && passwordProblem(unit, rules) ? 'pattern' : null
}

/** Guessing begins with other cases and widths of the same word. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

/**
 * Whether a password is these words and nothing but digits and signs beside them. A sentence in
 * which one of them occurs is none: the whole password is compared (S16).
 */
function isMadeOf(folded: string, words: readonly string[]): boolean {
  const parts = words.map(fold).flatMap((word) => [lettersOf(word), ...word.split(NO_LETTER)])
  const longestFirst = parts
    .filter((part) => part !== '')
    .toSorted((one, other) => other.length - one.length)
  const letters = lettersOf(folded)
  const rest = longestFirst.reduce((left, part) => left.replaceAll(part, ''), letters)
  return rest !== letters && /^\p{N}*$/u.test(rest)
}

const NO_LETTER = /[^\p{L}\p{M}\p{N}]+/u
const lettersOf = (text: string): string => text.split(NO_LETTER).join('')

/** Counts characters, where three or more that are alike, or that follow each other, are one. */
function pieces(text: string): number {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0)
  let count = 0
  for (let at = 0; at < points.length; count += 1) at += runFrom(points, at)
  return count
}

/** The length of the run that begins here: 1, or 3 and more in steps of -1, 0 or 1. */
function runFrom(points: readonly number[], start: number): number {
  const stepAt = (at: number) => (points[at + 1] ?? Number.NaN) - (points[at] ?? Number.NaN)
  const step = stepAt(start)
  if (Math.abs(step) > 1 || stepAt(start + 1) !== step) return 1
  let end = start + 1
  while (stepAt(end) === step) end += 1
  return end - start + 1
}

/** What this text is two or more copies of, or `null`. */
function repeatedUnit(text: string): string | null {
  const unit = text.slice(0, (text + text).indexOf(text, 1))
  return unit.length < text.length ? unit : null
}
