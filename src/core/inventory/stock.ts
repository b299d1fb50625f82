import { readText } from '#core/text/typed.ts'

/**
 * How a hardware token stands: in stock, in or on its way to a client, not expected back, back, or
 * destroyed.
 */
export const TOKEN_STANDINGS = [
  ...(['free', 'ordered', 'out'] as const),
  ...(['written-off', 'back', 'destroyed'] as const),
] as const
export type TokenStanding = (typeof TOKEN_STANDINGS)[number]

export const isTokenStanding = (text: string): text is TokenStanding =>
  TOKEN_STANDINGS.some((one) => one === text)

/** Where a device lies from its import on, until it is moved. */
export const MAIN_PLACE = 'main'

/** How many of one kind there are in one place. */
export interface StockCount {
  readonly method: string
  readonly place: string
  readonly standing: TokenStanding
  readonly count: number
}

/** All of one kind in one place. */
export interface StockRow {
  readonly method: string
  readonly place: string
  readonly counts: Readonly<Record<TokenStanding, number>>
}

/** One row for each kind and place. */
export function stockRows(counts: readonly StockCount[]): readonly StockRow[] {
  const rows = new Map<string, StockRow>()
  for (const { method, place, standing, count } of counts) {
    const name = `${method} ${place}`
    const row = rows.get(name) ?? { method, place, counts: NONE }
    rows.set(name, { ...row, counts: { ...row.counts, [standing]: count } })
  }
  return [...rows.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, row]) => row)
}

const NONE = { free: 0, ordered: 0, out: 0, 'written-off': 0, back: 0, destroyed: 0 } as const

/** How many of a kind are free, over all places. */
export const freeOf = (rows: readonly StockRow[], kind: string): number =>
  rows.filter(({ method }) => method === kind).reduce((sum, { counts }) => sum + counts.free, 0)

/** Kinds of which fewer are free than there should be, over all places. */
export const lowKinds = (
  rows: readonly StockRow[],
  { kinds, least }: { readonly kinds: readonly string[]; readonly least: number },
): readonly string[] => kinds.filter((kind) => freeOf(rows, kind) < least)

/** The name of a place as it is kept; `null` when it cannot be one. */
export function placeKey(typed: string): string | null {
  const place = readText(typed).toLowerCase()
  return /^[\p{L}\p{N}][\p{L}\p{N} -]{0,39}$/u.test(place) ? place : null
}
