import type { SessionId, SubscriberId } from '#core/ids.ts'
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

/** The lines that a client types, in the order in which they stand on an envelope. */
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

/**
 * @returns `null` where a line cannot be shown, street or town is missing, or all of it is more
 *   than a phone shows.
 */
export function addressIn(typed: TypedAddress): string | null {
  if (ADDRESS_LINES.some((name) => isWrong(name, typed[name]))) return null
  const lines = ADDRESS_LINES.map((name) => lineOf(typed[name], ADDRESS_LINE_LENGTH_MAX))
  const address = lines.filter((line) => line !== null).join('\n')
  return [...onOneLine(address)].length > FACT_LENGTH_MAX ? null : address
}

/** The line that a client mends first; the first one where all of it together is too long. */
export const lineToMend = (typed: TypedAddress): AddressLine =>
  ADDRESS_LINES.find((name) => isWrong(name, typed[name])) ?? ADDRESS_LINES[0]

function isWrong(name: AddressLine, typed: string): boolean {
  if (typed.trim() === '') return name === 'street' || name === 'town'
  return lineOf(typed, ADDRESS_LINE_LENGTH_MAX) === null
}
