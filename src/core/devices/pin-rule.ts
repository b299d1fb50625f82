import type { Rules } from '#core/subscribers/jurisdiction.ts'

/** What a PIN has to be, beside what is known of its holder (R067, R068). */
export interface PinRule {
  /** Of a phone: a card has as many digits as its keypad takes. */
  readonly phone: PhonePinRule
  /** Four characters each: no PIN of any device contains one of them. */
  readonly blocklist: readonly string[]
}

export interface PhonePinRule {
  readonly lengthMin: number
  readonly characters: 'letters-and-digits' | 'digits'
}

/** Everywhere, and in places with a rule of their own. */
export interface PinRules {
  readonly everywhere: PinRule
  readonly places: ReadonlyMap<string, PinRule>
}

/** The shortest that may be asked for, and the longest PIN of a phone. */
export const PHONE_PIN_LENGTH = { min: 4, max: 6 } as const

export const USUAL_PIN_RULE: PinRule = {
  phone: { lengthMin: PHONE_PIN_LENGTH.min, characters: 'letters-and-digits' },
  blocklist: [],
}

/**
 * Of a client with accounts in several places: the longest, the fewest characters, every list.
 *
 * @param ids the places, by which the operator may have set others
 * @param asked what the rules of these places ask for themselves
 */
export function pinRuleIn(
  { everywhere, places }: PinRules,
  ids: readonly string[],
  asked: AskedOfPins,
): PinRule {
  const [first = everywhere, ...others] = ids.map((id) => places.get(id) ?? everywhere)
  return [...others, asRule(asked)].reduce(stricter, first)
}

/** What a place asks of PINs; `null` and `as-set` for nothing. */
type AskedOfPins = Pick<Rules, 'phonePinLength' | 'phonePinCharacters' | 'pinBlocklist'>

const asRule = ({ phonePinLength, phonePinCharacters, pinBlocklist }: AskedOfPins): PinRule => ({
  phone: {
    lengthMin: phonePinLength ?? PHONE_PIN_LENGTH.min,
    characters: phonePinCharacters === 'digits' ? 'digits' : 'letters-and-digits',
  },
  blocklist: pinBlocklist,
})

const stricter = (one: PinRule, other: PinRule): PinRule => ({
  phone: {
    lengthMin: Math.max(one.phone.lengthMin, other.phone.lengthMin),
    characters: [one, other].some(({ phone }) => phone.characters === 'digits')
      ? 'digits'
      : 'letters-and-digits',
  },
  blocklist: [...new Set([...one.blocklist, ...other.blocklist])],
})
