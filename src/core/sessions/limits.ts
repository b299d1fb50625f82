import { type Acr, STRENGTHS } from '#core/assurance.ts'

/**
 * How much may be withdrawn, by what confirms it (R121). Money in whole US dollars; `null` means
 * without limit.
 */
export type Limits = readonly [perDayUsd: number | null, per5DaysUsd: number | null]

/** The limits by the strength of the login. */
export type LimitTable = Readonly<Record<Acr, Limits>>

/** Where the operator says nothing else. */
export const DEFAULT_LIMITS: LimitTable = {
  1: [50_000, 100_000],
  '2t': [50_000, 100_000],
  '2s': [200_000, 600_000],
  '2c': [200_000, 600_000],
  3: [1_000_000, 1_000_000],
  '3c': [1_000_000, 1_500_000],
  4: [null, null],
}

/** What the operator has decided: for everywhere, and for places that have limits of their own. */
export interface WithdrawalLimits {
  readonly everywhere: LimitTable
  /** By the id of the place. */
  readonly places: ReadonlyMap<string, LimitTable>
}

/** What is so for each strength. */
export const everyStrength = (of: (acr: Acr) => Limits): LimitTable => ({
  1: of('1'),
  '2t': of('2t'),
  '2s': of('2s'),
  '2c': of('2c'),
  3: of('3'),
  '3c': of('3c'),
  4: of('4'),
})

/** The lesser of two amounts. */
export const least = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

/**
 * What applies to a client whose accounts belong to these places: of each limit the lowest. A place
 * that is not known any more has the lowest of all.
 */
export function limitsFor(
  { everywhere, places }: WithdrawalLimits,
  of: readonly { readonly id: string; readonly isKnown: boolean }[],
): LimitTable {
  const tables = of.flatMap(({ id, isKnown }) =>
    isKnown ? [places.get(id) ?? everywhere] : [everywhere, ...places.values()],
  )
  return tables.length === 0 ? everywhere : tables.reduce(lower)
}

const lower = (one: LimitTable, other: LimitTable): LimitTable => {
  const of = (acr: Acr): Limits => [
    least(one[acr][0], other[acr][0]),
    least(one[acr][1], other[acr][1]),
  ]
  return everyStrength(of)
}

/** A strength that opens less than a weaker one, or more in a day than in five. */
export interface Disorder {
  readonly acr: Acr
  readonly days: 1 | 5
  /** What it must be at least, and what says so. */
  readonly least: number | null
  readonly by: Acr
}

/**
 * Why a table cannot be: what is confirmed with more must open no less, because a client is asked
 * for the weakest device that is enough.
 */
export function disordersIn(table: LimitTable): readonly Disorder[] {
  return STRENGTHS.flatMap((acr, index) => {
    const [day, fiveDays] = table[acr]
    const inItself: readonly Disorder[] = isLess(fiveDays, day)
      ? [{ acr, days: 5, least: day, by: acr }]
      : []
    const by = STRENGTHS[index - 1]
    if (by === undefined) return inItself
    const [dayBefore, fiveDaysBefore] = table[by]
    return [
      ...inItself,
      ...(isLess(day, dayBefore) ? [{ acr, days: 1, least: dayBefore, by } as const] : []),
      ...(isLess(fiveDays, fiveDaysBefore)
        ? [{ acr, days: 5, least: fiveDaysBefore, by } as const]
        : []),
    ]
  })
}

const isLess = (one: number | null, other: number | null): boolean =>
  one !== null && (other === null || one < other)
