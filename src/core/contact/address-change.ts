import type { SessionId, SubscriberId } from '#core/ids.ts'
import { isWithoutPostcode } from '#core/contact/postcode.ts'
import { isCountry } from '#core/subscribers/country.ts'
import { FACT_LENGTH_MAX } from '#core/task-details.ts'
import { lineOf } from '#core/text/line.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/**
 * A postal address that a client has moved to. It has been confirmed as a task, and nothing goes
 * there yet: it takes the place of the one on record when a document that shows it is accepted.
 *
 *   asked ──a document that shows it is accepted──▶ the address of record, proven
 *     ├──cancelled, or the session that asked is disowned──▶ gone
 *     └──30 days──▶ gone
 *
 * @see requirements R111 to R113; security A12, S75
 */
export interface AddressChange {
  readonly subscriberId: SubscriberId
  /** Line by line, as on an envelope. */
  readonly address: string
  readonly sessionId: SessionId
  readonly askedAt: Instant
  readonly expiresAt: Instant
}

/** As long as it takes until a bill or a statement comes to a new home. */
const ADDRESS_CHANGE_LIFETIME = days(30)

export const addressChangeAsked = (
  asked: Omit<AddressChange, 'askedAt' | 'expiresAt'>,
  now: Instant,
): AddressChange => ({ ...asked, askedAt: now, expiresAt: after(now, ADDRESS_CHANGE_LIFETIME) })

/**
 * What a client types, in the order in which it stands on an envelope; the country as its two
 * letters.
 */
export const ADDRESS_LINES = ['street', 'more', 'town', 'country'] as const
type AddressLine = (typeof ADDRESS_LINES)[number]
export type TypedAddress = { readonly [Line in AddressLine]: string }

/** Of one line, in code points. */
export const ADDRESS_LINE_LENGTH_MAX = 60

/**
 * As it goes on an envelope: the name of the client heads it, as it heads what is on record. A
 * broker whose addresses are without names, and prints them elsewhere, gets none here.
 */
export function onEnvelope(
  address: string,
  { fullName, before }: { readonly fullName: string | null; readonly before: string | null },
): string {
  if (fullName === null || isHeadedBy(fullName, address)) return address
  return before === null || isHeadedBy(fullName, before) ? `${fullName}\n${address}` : address
}

const isHeadedBy = (name: string, address: string): boolean => address.split('\n')[0] === name

/** Whether the one on record is this one, with a name above it or without. */
export const isSamePlace = (onRecord: string, address: string): boolean =>
  `\n${onRecord}`.endsWith(`\n${address}`)

/** As a phone shows and signs it. */
export const onOneLine = (address: string): string => address.replaceAll('\n', ', ')

/** What is wrong with a line. */
type LineFault = 'missing' | 'incomplete' | 'long' | 'odd' | 'postcode' | 'together'
export type AddressFaults = { readonly [Line in AddressLine]?: LineFault }

/** As it goes on an envelope, and is shown and signed; or what is to be mended first. */
type Judged =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly faults: AddressFaults }

/**
 * @param nameOf a country as the client reads it, by its two letters.
 */
export function addressIn(typed: TypedAddress, nameOf: (letters: string) => string): Judged {
  const found = ADDRESS_LINES.flatMap((name) => {
    const fault = faultOf(name, typed)
    return fault ? [[name, fault] as const] : []
  })
  if (found.length > 0) return { ok: false, faults: Object.fromEntries(found) }
  const lines = TYPED_LINES.map((name) => lineOf(typed[name], ADDRESS_LINE_LENGTH_MAX) ?? '')
  const whole = [...lines, nameOf(typed.country)].filter((line) => line !== '').join('\n')
  if ([...onOneLine(whole)].length <= FACT_LENGTH_MAX) return { ok: true, address: whole }
  const longest = TYPED_LINES.toSorted((one, other) => typed[other].length - typed[one].length)
  return { ok: false, faults: { [longest[0] ?? 'street']: 'together' } }
}

/** The country is chosen, and not typed. */
const TYPED_LINES = ['street', 'more', 'town'] as const

/** The fewest letters and digits of a line: a whole one has two, a flat may be `B`. */
const FEWEST = { street: 2, more: 1, town: 2 } as const

/** No address has them, and what does is markup. */
const MARKUP = /[<>]/u

function faultOf(name: AddressLine, typed: TypedAddress): LineFault | null {
  const given = typed[name]
  if (name === 'country') return isCountry(given) ? null : 'missing'
  if (given.trim() === '') return name === 'more' ? null : 'missing'
  const line = lineOf(given, ADDRESS_LINE_LENGTH_MAX)
  if (line === null) return [...given.trim()].length > ADDRESS_LINE_LENGTH_MAX ? 'long' : 'odd'
  if (MARKUP.test(line)) return 'odd'
  if ((line.match(/[\p{L}\p{N}]/gu) ?? []).length < FEWEST[name]) return 'incomplete'
  return name === 'town' && isWithoutPostcode(line, typed.country) ? 'postcode' : null
}
