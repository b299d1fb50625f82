/**
 * Which requirement is held by which tests: `npm run coverage:mission`, or with `-- --json` for machines. A
 * test claims a requirement by its id in the name: 'R082 a second text is sent after two minutes'.
 */
import { globSync, readFileSync } from 'node:fs'

interface Claim {
  readonly file: string
  readonly test: string
}

/** The name of a test or suite: the first string after the call. */
const NAMED_TEST = /\b(?:test|suite|describe|it)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g

const titles = JSON.parse(readFileSync('docs/mission.json', 'utf8')) as Record<string, string>
const tests = globSync('{src,test,web}/**/*.test.ts').sort().flatMap(testsIn)
const rows = Object.entries(titles).map(([id, title]) => ({
  id,
  title,
  tests: tests.filter(({ test }) => test.includes(id)),
}))

if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2))
else print()

function testsIn(file: string): Claim[] {
  const names = [...readFileSync(file, 'utf8').matchAll(NAMED_TEST)]
  return names.map(([, , name = '']) => ({ file, test: name.replace(/\s+/g, ' ') }))
}

function print(): void {
  for (const { id, title, tests: claimed } of rows) {
    console.log(`${claimed.length > 0 ? '✔' : '·'} ${id}  ${title}`)
    for (const { file, test } of claimed) console.log(`         ${file}: ${test}`)
  }
  const held = rows.filter(({ tests: claimed }) => claimed.length > 0).length
  console.log(`\n${held} of ${rows.length} requirements are named in a test.`)
}
