/** Numbers and codes as people read them; how they are typed stands in `core/text/typed.ts`. */

export type Purpose = 'login' | 'task' | 'desk'

/**
 * What a challenge is for stands in its first digit, so that a phone in flight mode can say it
 * (A8).
 */
export function purposeOf(challenge: string): Purpose {
  if (challenge.startsWith('8')) return 'task'
  return challenge.startsWith('9') ? 'desk' : 'login'
}

/** 418207 as 418 and 207, 39047716 as 3904 and 7716. */
export const halves = (digits: string): readonly [string, string] => [
  digits.slice(0, digits.length / 2),
  digits.slice(digits.length / 2),
]

/** For a reader aloud: digit by digit. */
export const spaced = (digits: string): string => [...digits].join(' ')
