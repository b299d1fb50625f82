import type { Instant } from '#core/time/time.ts'

/** Who a client is by their papers, as the back office has recorded it. */
export interface IdentityFacts {
  /** As `1984-02-29`; `null` where it is not recorded. */
  readonly birthDate: string | null
  /** Passports, identity cards and whatever else has a number, each number once. */
  readonly documents: readonly string[]
}

export const NO_FACTS: IdentityFacts = { birthDate: null, documents: [] }

export const DOCUMENTS_MAX = 10
export const DOCUMENT_NUMBER_LENGTH_MAX = 40
/** Older than all who live. */
const BORN_FROM = '1900-01-01'

/**
 * As they are kept, or `null` when they cannot be: a day that is none or has not come, or a number
 * without a letter or digit.
 */
export function identityFactsOf(typed: IdentityFacts, now: Instant): IdentityFacts | null {
  const { birthDate } = typed
  const documents = typed.documents.map((number) => number.trim().replaceAll(/\s+/g, ' '))
  const areNumbers = documents.every(
    (number) =>
      number.length <= DOCUMENT_NUMBER_LENGTH_MAX &&
      /^[\p{L}\p{N} ./-]*$/u.test(number) &&
      /[\p{L}\p{N}]/u.test(number),
  )
  if (!areNumbers || documents.length > DOCUMENTS_MAX) return null
  if (birthDate !== null && !isBirthDate(birthDate, now)) return null
  return { birthDate, documents: [...new Set(documents)].toSorted() }
}

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
  return (['birthDate', 'documents'] as const).filter((fact) => !isSame(fact))
}
