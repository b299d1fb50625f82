import { type DatabaseKind, type FigureId, kindOf } from './figures.ts'
import { shown, tableOf } from './report.ts'
import { median, percentile } from './statistics.ts'

/** One figure of two states of the project, measured turn by turn. */
export interface Pair {
  readonly id: FigureId
  readonly database: DatabaseKind | null
  readonly before: readonly number[]
  readonly after: readonly number[]
}

export type Verdict = 'better' | 'same' | 'worse'

/**
 * `same` while the middle halves of both sides overlap: what moves within them is noise of the
 * machine. `null` for what has no better and no worse.
 */
export function verdictOn({ id, before, after }: Pair): Verdict | null {
  const isMoreBetter = moreIsBetter(id)
  if (isMoreBetter === null) return null
  const [was, is] = [middleHalf(before), middleHalf(after)]
  if (is.from > was.to) return isMoreBetter ? 'better' : 'worse'
  if (is.to < was.from) return isMoreBetter ? 'worse' : 'better'
  return 'same'
}

export function comparisonTable(pairs: readonly Pair[]): string {
  return tableOf([
    ['figure', 'database', 'before', 'after', 'after/before', 'verdict'],
    ...pairs.map((pair) => {
      const { id, database, before, after } = pair
      const { unit } = kindOf(id)
      const [was, is] = [median(before), median(after)]
      return [
        id,
        database ?? '-',
        `${shown(was)} ${unit}`.trim(),
        `${shown(is)} ${unit}`.trim(),
        shown(is / was),
        verdictOn(pair) ?? '',
      ]
    }),
  ])
}

/** The limit of the machine says nothing about either commit. */
function moreIsBetter(id: FigureId): boolean | null {
  const { budget, unit } = kindOf(id)
  if (budget) return 'atLeast' in budget
  return id === 'hash.raw.rate' ? null : unit === '/s'
}

const middleHalf = (values: readonly number[]) => ({
  from: percentile(values, 0.25),
  to: percentile(values, 0.75),
})
