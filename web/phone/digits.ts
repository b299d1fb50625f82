/** Numbers and codes as people type them, and as they read them. */

export type Purpose = 'login' | 'task' | 'desk'

/** What a challenge is for stands in its first digit, so that a phone in flight mode can say it (A8). */
export function purposeOf(challenge: string): Purpose {
  if (challenge.startsWith('8')) return 'task'
  return challenge.startsWith('9') ? 'desk' : 'login'
}

/** Spaces of every kind, dashes and dots go; everything else stays, and is judged afterwards. */
export const withoutSpaces = (text: string): string => text.replace(/[\s.\-\u2010-\u2015]/g, '')

/** 418207 as 418 and 207, 39047716 as 3904 and 7716. */
export const halves = (digits: string): readonly [string, string] => [
  digits.slice(0, digits.length / 2),
  digits.slice(digits.length / 2),
]

/** For a reader aloud: digit by digit. */
export const spaced = (digits: string): string => [...digits].join(' ')

/**
 * An activation code as it was meant: any case, any grouping, and the letters that people read as digits.
 *
 * @see Douglas Crockford, "Base 32": O is 0; I and L are 1; there is no U.
 */
export const normalisedCode = (typed: string): string =>
  withoutSpaces(typed).toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
