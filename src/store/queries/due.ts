import { sql } from 'kysely'

/** Where a row stands among those that are due. */
export interface Due {
  readonly at: number | null
  readonly id: string
}

/** The rows behind this one, in the order of both columns. */
export const behind = (at: string, id: string, after: Due | null) =>
  sql<boolean>`(${sql.ref(at)}, ${sql.ref(id)}) > (${after?.at}, ${after?.id})`

/** How many rows are read at once. */
export const DUE_AT_ONCE = 100

/**
 * Every row that is due, read a page at a time. One that stays due, because of a hold or a proof
 * that is missing, keeps no other from its turn, however many there are of them (A28).
 *
 * @param page at most `DUE_AT_ONCE` rows behind the one that is named, in the order of `at` and
 *   `id`.
 */
export async function* everyDue<Row extends Due>(
  page: (after: Due | null) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after: Due | null = null
  for (;;) {
    const rows: readonly Row[] = await page(after)
    yield* rows
    after = rows.at(-1) ?? null
    if (rows.length < DUE_AT_ONCE) return
  }
}
