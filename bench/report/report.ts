import { type Budget, FIGURE_IDS, kindOf, type Measured } from './figures.ts'
import type { Machine } from './machine.ts'
import { median } from './statistics.ts'

/** For machines: `npm run bench -- --json`. */
export function jsonReport(machine: Machine, measured: readonly Measured[]): string {
  const figures = inTableOrder(measured).map(({ id, database, runs }) => {
    const { unit, budget } = kindOf(id)
    return { id, database, value: rounded(median(runs)), unit, budget, runs: runs.map(rounded) }
  })
  return JSON.stringify({ machine, figures }, null, 2)
}

/** For people: a table with the budget of each figure, and whether it is kept. */
export function tableReport(machine: Machine, measured: readonly Measured[]): string {
  const { cores, processor, memory_gib: memory, node, sqlite, postgres } = machine
  const rows = inTableOrder(measured).map(rowOf)
  return [
    `${cores} cores of ${processor}, ${memory} GiB, Node ${node}, SQLite ${sqlite}, ${
      postgres ? `PostgreSQL ${postgres}` : 'no PostgreSQL'
    }${machine.quick ? '; quick: few runs and small populations, no ground for a claim' : ''}`,
    '',
    tableOf([HEAD, ...rows]),
  ].join('\n')
}

/** Columns as wide as what stands in them; the first row is the head. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '),
  )
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** Whether a figure keeps its budget; `null` when it has none. */
export function isKept(budget: Budget | null, value: number): boolean | null {
  if (budget === null) return null
  return 'atLeast' in budget ? value >= budget.atLeast : value <= budget.atMost
}

const HEAD = ['figure', 'database', 'median', 'budget', 'kept', 'runs', 'what it is']

function rowOf({ id, database, runs }: Measured): readonly string[] {
  const { unit, budget, what } = kindOf(id)
  const value = median(runs)
  const kept = isKept(budget, value)
  return [
    id,
    database ?? '-',
    `${shown(value)} ${unit}`.trim(),
    budgetShown(budget),
    kept === null ? '' : kept ? 'yes' : 'NO',
    `${runs.length}: ${shown(Math.min(...runs))} to ${shown(Math.max(...runs))}`,
    what,
  ]
}

function budgetShown(budget: Budget | null): string {
  if (budget === null) return ''
  return 'atLeast' in budget ? `>= ${shown(budget.atLeast)}` : `<= ${shown(budget.atMost)}`
}

function inTableOrder(measured: readonly Measured[]): readonly Measured[] {
  const place = ({ id }: Measured) => FIGURE_IDS.indexOf(id)
  return measured.toSorted((one, other) => place(one) - place(other))
}

/** Three digits are more than such a measurement is worth; whole numbers stay whole. */
export function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

const rounded = (value: number): number => Number(value.toPrecision(5))
