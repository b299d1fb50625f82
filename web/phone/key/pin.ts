import type { ActivationOffer } from '#methods/phone-key/wire.ts'

export type PinRule = ActivationOffer['pin']

/** Why a PIN cannot be chosen; each has its sentence in `locales/`. */
export type PinFlaw =
  | ('short' | 'long' | 'characters' | 'letters' | 'no-digit')
  | ('common' | 'year' | 'name')

/** Chosen so often that ten guesses open one phone in seven, besides those that have a pattern. */
const COMMON = new Set([
  '1004',
  '1010',
  '1313',
  '2580',
  '0852',
  '6969',
  '1122',
  '2211',
  '1221',
  '5683',
  '1379',
  '1590',
  '112233',
  '123321',
  '159753',
  '147258',
  '147852',
  '258000',
  '789456',
  '456789',
  '321654',
  'pass1',
  'pin1',
  'abc1',
  'abc12',
  'abc123',
  'a123',
  'a1234',
  'a1b2',
  'a1b2c3',
  'qwe123',
  '1q2w3e',
  'q1w2e3',
  '1a2b3c',
  '123abc',
  '1234a',
  '12345a',
  'love1',
  'hello1',
])

const RUNS = ['01234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertzuiop', 'qwertyuiop', 'azertyuiop']

/**
 * What is wrong with a PIN that a client wants to choose, or `null`. It is checked once, when the
 * PIN is chosen: later the same check would only help a thief who guesses.
 *
 * @see NIST SP 800-63B-4, "Activation Secrets": a blocklist, and the reason is given.
 */
export function flawOf(
  pin: string,
  { rule, userName }: { rule: PinRule; userName: string },
): PinFlaw | null {
  if (pin.length < rule.lengthMin) return 'short'
  if (pin.length > rule.lengthMax) return 'long'
  if (/[^0-9A-Za-z]/.test(pin)) return 'characters'
  if (!takesLetters(rule) && /[^0-9]/.test(pin)) return 'letters'
  if (!/[0-9]/.test(pin) || !new RegExp(rule.pattern).test(pin)) return 'no-digit'
  const folded = pin.toLowerCase()
  if (COMMON.has(folded) || isRepeated(folded) || isRun(folded)) return 'common'
  if (/^(19[0-9]{2}|20[0-4][0-9])$/.test(pin)) return 'year'
  if (userName.toLowerCase().includes(folded)) return 'name'
  return null
}

/** Whether a PIN may have letters beside its digit. */
export const takesLetters = ({ lengthMin, pattern }: PinRule): boolean =>
  new RegExp(pattern).test(`1${'a'.repeat(lengthMin - 1)}`)

/** 1111, 121212, 123123: one, two or three characters over and over. */
function isRepeated(text: string): boolean {
  return [1, 2, 3].some((length) => {
    const part = text.slice(0, length)
    return text.length >= length * 2 && part.repeat(text.length).startsWith(text)
  })
}

/** 1234, 8765, 0987, abc4? no: neighbours all the way, upwards or downwards. */
function isRun(text: string): boolean {
  const backwards = [...text].reverse().join('')
  return RUNS.some((run) => run.includes(text) || run.includes(backwards))
}
