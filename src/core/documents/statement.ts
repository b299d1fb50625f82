import type { StatementId, SubscriberId } from '#core/ids.ts'
import { lineOf } from '#core/text/line.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/**
 * What the brokerage tells a client of an account for a year or a month, as a PDF: kept here for as
 * long as the brokerage leaves it here, and open to a client whose account is closed (R028).
 */
export interface Statement {
  readonly id: StatementId
  readonly subscriberId: SubscriberId
  readonly kind: StatementKind
  /** As the client reads it, in the client's language. */
  readonly name: string
  /** The day up to which it reports: `2025-12-31`. */
  readonly day: string
  readonly lengthBytes: number
  readonly addedAt: Instant
}

export const STATEMENT_KINDS = ['activity', 'tax'] as const
export type StatementKind = (typeof STATEMENT_KINDS)[number]

/** In code points. */
export const STATEMENT_NAME_LENGTH_MAX = 80
/** A year of a very busy account; 5 MiB. */
export const STATEMENT_LENGTH_BYTES_MAX = 5 * 1_024 * 1_024
/** Of one client: forty years of months. */
export const STATEMENTS_MAX = 500

/** What is said of a statement; `null` for a name or a day that cannot be one. */
export function describedAs(
  { name: typed, day }: Pick<Statement, 'name' | 'day'>,
  now: Instant,
): Pick<Statement, 'name' | 'day'> | null {
  const name = lineOf(typed, STATEMENT_NAME_LENGTH_MAX)
  return name !== null && isDay(day, now) ? { name, day } : null
}

/**
 * A day of the calendar, of this century or the last, and not one to come; where our day has begun
 * and theirs has not, it may be tomorrow.
 */
function isDay(text: string, now: Instant): boolean {
  if (!/^(?:19|20)\d\d-\d\d-\d\d$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) return false
  return at <= after(now, days(1))
}

/** In characters, before the ending. */
const FILE_NAME_LENGTH_MAX = 80

/**
 * What a browser saves it as: letters and digits that every system and every header takes, the day
 * first, so that a folder lists them in order.
 */
export function fileNameOf({ kind, name, day }: Pick<Statement, 'kind' | 'name' | 'day'>): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, FILE_NAME_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '')
  return `${day}-${plain === '' ? kind : plain}.pdf`
}

/** How far from its end a PDF may say that it ends. */
const TRAILER_WITHIN_BYTES = 1_024

/**
 * Whether these bytes are a PDF from the first to the last: what begins as something else, or goes
 * on after its end, some program reads as something else.
 *
 * @see ISO 32000-2, "File structure", sections 7.5.2 and 7.5.5
 */
export function isPdf(bytes: Uint8Array): boolean {
  const head = textOf(bytes.subarray(0, 8))
  const tail = textOf(bytes.subarray(-TRAILER_WITHIN_BYTES))
  return /^%PDF-(?:1\.[0-7]|2\.0)$/.test(head) && /startxref\s+\d+\s+%%EOF\s*$/.test(tail)
}

/** Byte by byte. */
const textOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
