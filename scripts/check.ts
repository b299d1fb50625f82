/**
 * Everything a machine can hold this code to, in under a minute: `npm run check`, or `npm run check
 * -- lint` for one of them. `npm test` runs the long tests; after it, `npm run check -- --tested`
 * leaves out the quick ones.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchesOf, QUICK_BYTES } from './batches.ts'
import { COMPILED } from './compiled.ts'
import { checkRooms } from './rooms/rooms.ts'
import { type Ended, tool } from './tool.ts'

/** Node would leave one core alone. */
const CONCURRENCY = `--test-concurrency=${availableParallelism()}`

/** The slowest first, so that the cores finish together. */
const CHECKS: Readonly<Record<string, () => Promise<Ended>>> = {
  tests,
  lint: () => tool('oxlint', '--type-aware', '--deny-warnings'),
  unused: () => tool('knip', '--no-progress', '--no-config-hints'),
  types: () => types('tsconfig.json'),
  'types:web': () => types('web/tsconfig.json'),
  'types:web-tests': () => types('web/tsconfig.test.json'),
  'types:core': () => types('src/core/tsconfig.json'),
  rooms: checkRooms,
  format: () => tool('biome', 'format', '--reporter=summary', '.'),
}

/** What has not changed since the last check is not looked at again. */
async function types(project: string): Promise<Ended> {
  const seen = join('var', 'types', `${project.replaceAll('/', '-')}.tsbuildinfo`)
  return await tool('tsc', '--project', project, '--incremental', '--tsBuildInfoFile', seen)
}

/** Tests that take their time: stories over a database, killed writers. `npm test` runs them. */
const LONG = [
  'src/core/documents/measures/advice.test.ts',
  'src/engine/documents/sandbox.test.ts',
  'src/store/database/sqlite.test.ts',
]
/** All that is shared by tests opens a world, or is built on what does. */
const OVER_A_DATABASE = /test\/support\/|store\.contract\.ts/

async function tests(): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-check-'))
  try {
    const entries = batchesOf(quickTests(), { bytes: QUICK_BYTES, folder }).map(
      ({ entry }) => entry,
    )
    return await tool('node', '--test', CONCURRENCY, '--test-reporter=dot', ...entries)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function quickTests(): string[] {
  const besideTheCode = globSync('{src,web}/**/*.test.ts', { exclude: LONG })
  const quick = besideTheCode.filter((file) => !OVER_A_DATABASE.test(readFileSync(file, 'utf8')))
  return [...quick, 'test/house/tidy.test.ts', 'test/house/words.test.ts']
}

async function check(name: string, run: () => Promise<Ended>): Promise<boolean> {
  const startedAt = performance.now()
  const { ok, output } = await run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const aside = ok && name === 'rooms' ? `  ${output}` : ''
  console.log(`${ok ? '✔' : '✖'} ${name.padEnd(15)} ${seconds.padStart(5)} s${aside}`)
  if (!ok) console.log(`\n${output}\n`)
  return ok
}

process.env['NODE_COMPILE_CACHE'] ??= COMPILED

const isTested = process.argv.includes('--tested')
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const waiting = Object.entries(CHECKS).filter(([name]) =>
  wanted.length === 0 ? name !== 'tests' || !isTested : wanted.includes(name),
)
const results: boolean[] = []
async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await check(...next))
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

if (results.length === 0) console.error(`There is: ${Object.keys(CHECKS).join(', ')}`)
if (results.length === 0 || results.includes(false)) process.exitCode = 1
