import type { Compilable } from 'kysely'
import type { Statement, Write } from '#store/database/connection.ts'
import { OF_NOBODY } from '#store/queries/versioned.ts'

/** As it is built, or `prepared`. */
type Query = Compilable | Statement

/**
 * A statement that must change exactly one row: the version it names was the last, the key was
 * free.
 */
export const one = (query: Query): Write => changing(1, query)

/** A statement over a version that was read: of one row, or of none for an unknown name. */
export const overVersion = (version: number, query: Query): Write =>
  version === OF_NOBODY ? any(query) : one(query)

/** A statement that changes one row, and only as it was when all statements of its commit began. */
export const ofSnapshot = (query: Query): Write => ({ ...one(query), isOfSnapshot: true })

/** A statement that may find nothing to change. */
export const any = (query: Query): Write => changing(null, query)

/** A statement that must change exactly so many rows. */
export function changing(rows: number | null, query: Query): Write {
  const { sql, parameters } = 'compile' in query ? query.compile() : query
  return { sql, parameters, rows }
}

/** The right side of an `in`: PostgreSQL does not know the empty list, and no id is empty. */
export const among = (ids: readonly string[]): readonly string[] => (ids.length === 0 ? [''] : ids)
