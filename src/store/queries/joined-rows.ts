import type { Selectable } from 'kysely'
import type { Tables } from '#store/database/tables.ts'

/**
 * One of the tables that a query joins. Each of its columns goes by `part/column`, so that the same
 * name may stand in several tables of one row.
 */
export interface Part<Row> {
  /** The columns in the row that the query answers with, and in the row of the table. */
  readonly names: readonly (readonly [answered: string, column: string])[]
  /** Never read: what the row of the table is. */
  readonly row?: Row
}

type Row = Record<string, unknown>

/** A part by the name that its table goes by in the query. */
export const part = <T extends keyof Tables>(
  name: string,
  columns: readonly (keyof Tables[T] & string)[],
): Part<Selectable<Tables[T]>> => ({
  names: columns.map((column) => [`${name}/${column}`, column] as const),
})

/** The columns of a part, to be selected. */
export const columnsOf = <T extends string, C extends string>(name: T, columns: readonly C[]) =>
  columns.map((column) => `${name}.${column} as ${name}/${column}` as const)

/** What a left join found in one of its tables, or `null`. */
export function partIn<R>(row: Row, { names }: Part<R>): R | null {
  const found: Row = {}
  let isThere = false
  for (const [answered, column] of names) {
    const value = row[answered] ?? null
    found[column] = value
    isThere ||= value !== null
  }
  return isThere ? (found as R) : null
}

/**
 * The different ones: what hangs on one subscriber comes as each with each. The first column tells
 * them apart.
 */
export function partsIn<R>(rows: readonly Row[], one: Part<R>): readonly R[] {
  const [key] = one.names[0] ?? ['']
  const different = new Map(rows.map((row) => [row[key], row]))
  return [...different.values()].flatMap((row) => partIn(row, one) ?? [])
}
