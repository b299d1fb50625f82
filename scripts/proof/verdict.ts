import type { Row } from './rows.ts'

/** What came of the runs of a row. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What tests and measurements said of themselves. */
  readonly said: readonly string[]
  /** Whether each figure kept its budget; none where only tests ran. */
  readonly isKept: boolean
  /** What of the runs did not happen here; a suite that is skipped is not reported at all. */
  readonly leftOut: readonly string[]
}

interface Ran {
  readonly tests: readonly string[]
  /** The files of which at least one test ran, or was skipped by itself. */
  readonly ran: ReadonlySet<string>
  readonly hasPostgres: boolean
  readonly textOf: (file: string) => string
}

/** A file that says nothing has not passed; what runs over databases is to run over both. */
export function leftOutOf({ tests, ran, hasPostgres, textOf }: Ran): readonly string[] {
  const silent = tests.filter((file) => !ran.has(file)).map((file) => `nothing ran of ${file}`)
  const isHalf = !hasPostgres && tests.some((file) => /\bDATABASES\b/.test(textOf(file)))
  return isHalf ? [...silent, 'without PostgreSQL'] : silent
}

/** `met` only where all of the budget ran, and nothing was skipped. */
export type Verdict = 'met' | 'in part' | 'missed' | 'not run' | 'not built'

export function verdictOf({ runs, lacks }: Row, outcome: Outcome | null): Verdict {
  if (runs.length === 0) return 'not built'
  if (outcome === null || outcome.passed + outcome.failed === 0) return 'not run'
  if (outcome.failed > 0 || !outcome.isKept) return 'missed'
  const isWhole = outcome.skipped === 0 && outcome.leftOut.length === 0
  return lacks === null && isWhole ? 'met' : 'in part'
}

/** What the table shows as the figure. */
export function figureOf(outcome: Outcome | null): string {
  if (outcome === null) return ''
  const { passed, failed, skipped, said, leftOut } = outcome
  const tests = passed + failed + skipped
  const counted = [
    `${passed} of ${tests} tests passed`,
    ...(skipped > 0 ? [`${skipped} were skipped`] : []),
  ]
  return [...(tests > 0 ? counted : []), ...said, ...leftOut].join('; ')
}

/** How to run a row by itself. */
const commandOf = ({ id }: Pick<Row, 'id'>): string => `npm run proof -- --only ${id}`

export interface Result {
  readonly outcome: Outcome | null
  /** When and of which state it ran. */
  readonly at: string
}

const cell = (text: string) => text.replaceAll('|', '/').replaceAll('\n', ' ')

export function lineOf(row: Row, { outcome, at }: Result): string {
  const verdict = verdictOf(row, outcome)
  const missing =
    row.lacks === null || verdict === 'not built' ? '' : `; less than the budget: ${row.lacks}`
  const isShown = verdict !== 'not built' && verdict !== 'not run'
  const cells = [
    row.id,
    row.what,
    row.budget,
    `${figureOf(outcome)}${isShown ? missing : ''}`,
    `**${verdict}**`,
    verdict === 'not built' ? '' : `\`${commandOf(row)}\``,
    isShown ? at : '',
  ]
  return `| ${cells.map(cell).join(' | ')} |`
}

/** Lines of rows that did not run this time stay as they are, with the day on which they ran. */
export const keptLines = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^\| (F\d+) \|.*\|$/gm)].map(([line, id = '']) => [id, line]))

export function pageOf(
  lines: readonly string[],
  { machine, counts }: { readonly machine: string; readonly counts: string },
): string {
  return `# Proof

What \`npm run proof\` printed. It runs what there is for each of the figures F1 to F22, and says of
each what came of it: **met** where all that its budget asks for ran and was kept, **in part** where
less than that ran, **missed**, **not run**, or **not built**. A row says when it ran, and at which
commit. \`--only F7,F17\` runs some, \`--short\` leaves out those that take minutes; rows that did
not run keep their last line.

${machine}

${counts}

| figure | what | budget | what ran | verdict | command | ran |
|---|---|---|---|---|---|---|
${lines.join('\n')}
`
}

/** How many rows have each verdict. */
export function countsOf(lines: readonly string[]): string {
  const count = (verdict: Verdict) => lines.filter((line) => line.includes(`**${verdict}**`)).length
  const all = ['met', 'in part', 'missed', 'not run', 'not built'] as const
  return `${all.map((verdict) => `${count(verdict)} ${verdict}`).join(', ')}.`
}
