import { isCountry } from '#core/subscribers/country.ts'
import type { Instant } from '#core/time/time.ts'

/** Who a client is by their papers, as the back office has recorded it. */
export interface IdentityFacts {
  /** As `1984-02-29`; `null` where it is not recorded, as the next. */
  readonly birthDate: string | null
  /** Two letters of ISO 3166-1. */
  readonly citizenship: string | null
  /** The company or trust that the client acts for, as the back office names it. */
  readonly entity: string | null
  /** Passports, identity cards and whatever else has a number, each once. */
  readonly documents: readonly IdentityDocument[]
}

export interface IdentityDocument {
  /** `null` where only the number is recorded. */
  readonly type: DocumentType | null
  readonly number: string
}

export const DOCUMENT_TYPES = [
  ...(['passport', 'identity-card', 'residence-permit', 'driving-licence', 'other'] as const),
] as const
export type DocumentType = (typeof DOCUMENT_TYPES)[number]

export const NO_FACTS: IdentityFacts = {
  birthDate: null,
  citizenship: null,
  entity: null,
  documents: [],
}

/** As a program sends them: a document without a type may be its number alone. */
export interface TypedFacts {
  readonly birthDate: string | null
  readonly citizenship?: string | null
  readonly entity?: string | null
  readonly documents: readonly (string | IdentityDocument)[]
}

export const DOCUMENTS_MAX = 10
export const DOCUMENT_NUMBER_LENGTH_MAX = 40
export const ENTITY_LENGTH_MAX = 64
/** Older than all who live. */
const BORN_FROM = '1900-01-01'

/**
 * As they are kept, or `null` when they cannot be: a day that is none or has not come, a country
 * that is none, or a number without a letter or digit.
 */
export function identityFactsOf(typed: TypedFacts, now: Instant): IdentityFacts | null {
  const { birthDate, citizenship = null, entity: named = null } = typed
  const documents = typed.documents.map(documentOf)
  const entity = named === null ? null : folded(named)
  if (documents.length > DOCUMENTS_MAX) return null
  if (!documents.every(({ number }) => isNumber(number, DOCUMENT_NUMBER_LENGTH_MAX))) return null
  if (entity !== null && !isNumber(entity, ENTITY_LENGTH_MAX)) return null
  if (citizenship !== null && !isCountry(citizenship)) return null
  if (birthDate !== null && !isBirthDate(birthDate, now)) return null
  const each = new Map(documents.map((one) => [JSON.stringify([one.number, one.type]), one]))
  const sorted = [...each.keys()].toSorted().flatMap((key) => each.get(key) ?? [])
  return { birthDate, citizenship, entity, documents: sorted }
}

function documentOf(typed: string | IdentityDocument): IdentityDocument {
  const { type, number } = typeof typed === 'string' ? { type: null, number: typed } : typed
  return { type, number: folded(number) }
}

const folded = (typed: string): string => typed.trim().replaceAll(/\s+/g, ' ')

const isNumber = (text: string, most: number): boolean =>
  text.length <= most && /^[\p{L}\p{N} ./-]*$/u.test(text) && /[\p{L}\p{N}]/u.test(text)

/** A day of the calendar, and not after today anywhere in the world. */
function isBirthDate(typed: string, now: Instant): boolean {
  const day = new Date(`${typed}T00:00:00Z`)
  const isDay =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(typed) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(typed)
  return isDay && typed >= BORN_FROM && day.getTime() <= now
}

/** Which of them differ; none where the same is recorded again. */
export function changedFacts(
  before: IdentityFacts,
  after: IdentityFacts,
): readonly (keyof IdentityFacts)[] {
  const isSame = (fact: keyof IdentityFacts) =>
    JSON.stringify(before[fact]) === JSON.stringify(after[fact])
  return (['birthDate', 'citizenship', 'entity', 'documents'] as const).filter(
    (fact) => !isSame(fact),
  )
}
