/**
 * What there is of each requirement, and which tests hold it: `npm run coverage:mission`, or with
 * `-- --json` for machines. It fails where a row says more than its tests, or less.
 */
import { countsOf, faultsIn, missionRows, type Row } from './claims.ts'

const MARKS = { whole: '✔', partly: '◐', no: '·' } as const

const rows = missionRows()
if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2))
else print(rows)

const faults = faultsIn(rows)
if (faults.length > 0) {
  console.error(`\n${faults.join('\n')}`)
  process.exitCode = 1
}

function print(all: readonly Row[]): void {
  for (const row of all) {
    console.log(`${MARKS[row.state]} ${row.id}  ${row.state.padEnd(6)}  ${row.title}`)
    if (row.state === 'partly') console.log(`         missing: ${row.missing}`)
    for (const { file, test } of row.tests) console.log(`         ${file}: ${test}`)
  }
  const { whole, partly, no } = countsOf(all)
  console.log(
    `\nOf ${all.length} requirements ${whole} are whole, ${partly} partly there, ${no} not.`,
  )
}
