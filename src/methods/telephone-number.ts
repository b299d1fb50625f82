import {
  type NumberType,
  ParseError,
  type PhoneNumber,
  parsePhoneNumberWithError,
} from 'libphonenumber-js/max'
import { z } from 'zod'
import type { Problem } from '#core/problems.ts'
import { readText } from '#core/text/typed.ts'

/** What the brokerage allows of texts and calls. */
export interface TelephoneRules {
  /** Countries that are texted and called, by ISO 3166 code. */
  readonly countries: readonly string[]
  readonly limits: TelephoneLimits
}

/**
 * Texts and calls that confirm logins and tasks, counted together. @see security limits 2.2 `sms`
 */
export interface TelephoneLimits {
  readonly perNumberHour: number
  readonly perNumberDay: number
  readonly perAccountDay: number
  readonly perAddressHour: number
  /** To numbers that differ in the last four digits only: so fraud buys them (A23). */
  readonly perBlockHour: number
  readonly houseHour: number
  readonly houseDay: number
}

/** A number as it is stored and called: `+` and up to fifteen digits. @see ITU-T E.164 */
export const E164 = z.string().regex(/^\+[1-9][0-9]{4,14}$/)

/** The country code that the ITU keeps free: numbers of no client, for decoy logins. */
const NOBODY = '+999'

export const numberOfNobody = (random: (length: number) => Uint8Array): string =>
  NOBODY + Array.from(random(8), (byte) => byte % 10).join('')

export const isOfNobody = (number: string): boolean => number.startsWith(NOBODY)

export type ParsedNumber =
  | {
      readonly ok: true
      readonly number: string
      /** As it is written in its country, with the country code. */
      readonly written: string
    }
  | { readonly ok: false; readonly problem: Problem }

/** Longer than any number with all its spaces. */
const TYPED_MAX = 40

/** Digits, and what people put between them. */
const WRITTEN = /^\+[\d ()./-]+$/

/**
 * A number as a client types it, with its country code: the country of a client does not follow
 * from their address. Says why where it cannot take texts.
 */
export function parseNumber(
  typed: string,
  { countries }: Pick<TelephoneRules, 'countries'>,
): ParsedNumber {
  const parsed = readNumber(typed)
  if (!parsed?.isValid()) return refused('telephone.malformed')
  const problem = KINDS[parsed.getType() ?? 'UAN']
  if (problem) return refused(problem)
  if (!parsed.country || !countries.includes(parsed.country)) return refused('telephone.country')
  return { ok: true, number: parsed.number, written: parsed.formatInternational() }
}

/**
 * A number of any kind and country, in the one form of E.164; `null` for one that is understood in
 * its own country only, such as `079 123 45 67`.
 */
export function internationalNumber(typed: string): string | null {
  const parsed = readNumber(typed)
  return parsed?.isPossible() ? parsed.number : null
}

function readNumber(typed: string): PhoneNumber | null {
  const plain = readText(typed).replace(/^00/, '+')
  if (plain.length > TYPED_MAX || !WRITTEN.test(plain)) return null
  try {
    return parsePhoneNumberWithError(plain)
  } catch (error) {
    if (error instanceof ParseError) return null
    throw error
  }
}

/** The country of a number of ours; `null` where it is of none, or of several. */
export function countryOf(number: string): string | null {
  try {
    return parsePhoneNumberWithError(number).country ?? null
  } catch (error) {
    if (error instanceof ParseError) return null
    throw error
  }
}

/**
 * Why a number of ours cannot be texted or called any more, or `null`: what was allowed once may be
 * no longer.
 */
export function numberProblem(
  number: string,
  rules: Pick<TelephoneRules, 'countries'>,
): Problem | null {
  if (isOfNobody(number)) return null
  const parsed = parseNumber(number, rules)
  return parsed.ok ? null : parsed.problem
}

const refused = (problem: Problem) => ({ ok: false, problem }) as const

/**
 * Whether numbers of a kind are texted and called; in some countries mobile and fixed look alike.
 */
const KINDS: Readonly<Record<NonNullable<NumberType>, Problem | null>> = {
  MOBILE: null,
  FIXED_LINE_OR_MOBILE: null,
  FIXED_LINE: 'telephone.not-mobile',
  PAGER: 'telephone.not-mobile',
  PERSONAL_NUMBER: 'telephone.not-mobile',
  TOLL_FREE: 'telephone.not-mobile',
  UAN: 'telephone.not-mobile',
  VOICEMAIL: 'telephone.not-mobile',
  VOIP: 'telephone.not-mobile',
  PREMIUM_RATE: 'telephone.premium',
  SHARED_COST: 'telephone.premium',
}

/** All that a page says of a number: its last two digits (design 7). */
export const endingOf = (number: string): string => number.slice(-2)
