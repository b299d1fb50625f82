import { z } from 'zod'
import { PHONE_PIN_LENGTH, type PinRule, type PinRules } from '#core/devices/pin-rule.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'

/** What a PIN has to be, everywhere and under the rules of a place (R067, R068). */

/**
 * Of all lists together: a client of a place that is not known any more has every one of them, and
 * what is known of that client must have room beside them (`FRAGMENTS_MAX`).
 */
const BLOCKED_MAX = 100

const FOUR_TO_SIX = `must be ${PHONE_PIN_LENGTH.min} to ${PHONE_PIN_LENGTH.max} characters`
export const phonePinLength = z
  .int()
  .min(PHONE_PIN_LENGTH.min, FOUR_TO_SIX)
  .max(PHONE_PIN_LENGTH.max, FOUR_TO_SIX)
const lengthMin = phonePinLength
const characters = z.enum(['letters-and-digits', 'digits'])
export const pinBlocklist = z
  .array(z.string().regex(/^[0-9a-z]{4}$/, 'four digits or small letters'))
  .max(BLOCKED_MAX)
const blocklist = pinBlocklist

const own = z
  .strictObject({
    phone: z.strictObject({ lengthMin, characters }).partial(),
    blocklist,
  })
  .partial()

export const Pins = z
  .strictObject({
    phone: z
      .strictObject({
        lengthMin: lengthMin
          .default(PHONE_PIN_LENGTH.min)
          .describe('The shortest PIN of the phone app, 4 to 6; one of before stays valid'),
        characters: characters
          .default('letters-and-digits')
          .describe('Of what a PIN of the phone app is made; it has a digit in any case'),
      })
      .prefault({}),
    blocklist: blocklist
      .default([])
      .describe('Four characters each, such as ["4711"]: no PIN of a phone or card contains one'),
    places: z
      .record(z.string(), own)
      .default({})
      .describe('Other rules for clients under the rules of a place, such as hk'),
  })
  .prefault({})

/** The lists of the settings and of all files of rules together, where they are too many. */
export function tooManyBlocked(
  { blocklist: everywhere, places }: z.infer<typeof Pins>,
  profiles: ReadonlyMap<string, { readonly rules: Pick<Rules, 'pinBlocklist'> }>,
): readonly string[] {
  const ofPlaces = Object.values(places).map((place) => place.blocklist ?? [])
  const ofFiles = [...profiles.values()].map(({ rules }) => rules.pinBlocklist)
  const { size } = new Set([everywhere, ...ofPlaces, ...ofFiles].flat())
  const told = `has ${size} pieces with those of places and of files of rules`
  return size <= BLOCKED_MAX ? [] : [`pins.blocklist: ${told}; ${BLOCKED_MAX} are allowed`]
}

/** A place begins with the rule of everywhere, and its list is another one where it has one. */
export function pinRules({ places, ...everywhere }: z.infer<typeof Pins>): PinRules {
  const of = (place: z.infer<typeof own>): PinRule => ({
    phone: {
      lengthMin: place.phone?.lengthMin ?? everywhere.phone.lengthMin,
      characters: place.phone?.characters ?? everywhere.phone.characters,
    },
    blocklist: place.blocklist ?? everywhere.blocklist,
  })
  const each = Object.entries(places).map(([id, place]) => [id, of(place)] as const)
  return { everywhere: of({}), places: new Map(each) }
}
