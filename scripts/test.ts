/**
 * All that can be tested on this machine: `npm test`, or `npm test -- phone-key` for the files
 * whose path contains the word. On SQLite always; on PostgreSQL when a server is installed or
 * COUNTERSIGN_TEST_POSTGRES names one; in a real browser where Chromium runs.
 *
 * `npm test -- --update` writes the recorded snapshots anew. `npm run test:long` runs what takes
 * minutes instead: test/long.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'
import { type Batch, batchesOf, QUICK_BYTES } from './batches.ts'
import { COMPILED } from './compiled.ts'
import { startPostgres } from './postgres.ts'
import { chromiumExecutable } from './setup/chromium.mjs'

const isLong = process.argv.includes('--long')
/**
 * The sweep of every route with a stolen cookie is part of both: a long run is whole without the
 * other.
 */
const LONG = ['test/long/*.long.ts', 'test/bare-cookie.test.ts']
/** Of a process: what takes longer hangs. */
const PROCESS_MS_MAX = (isLong ? 60 : 20) * 60_000
const IN_MEMORY = '/dev/shm'
/** Ten times what the tests hold at once. */
const SCRATCH_BYTES = 2 * 1024 ** 3
/**
 * Two more than there are cores: many tests wait for a process, a database or an even answer, and
 * with one more a quarter of two cores was idle. Long ones measure times.
 */
const QUICK_MAX = availableParallelism() + (isLong ? 0 : 2)
/** Each needs a core for the server it shows, and most of one for itself: three took longer. */
const BROWSERS_MAX = Math.min(2, availableParallelism())
/** Stories take longest, and pure functions least: they begin, so that all ends together. */
const FOLDERS = ['test', 'src', 'web']
/**
 * Files in a browser that take a minute; they begin, so that all end together. Those of a line
 * share a process.
 */
const LONGEST = [['accessibility'], ['devices/migration', 'desk/every-page'], ['walks.test']]
/** Most of what a test makes is gone at its end: it need not be moved first. */
const FLAGS = ['--max-semi-space-size=64', '--min-semi-space-size=16']
/** How long a test may take to end when it is interrupted. */
const PATIENCE_MS = 5000
/** So many files are named when all is done, so that it is seen what takes the time. */
const SLOWEST = 12

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    interrupted.abort()
    setTimeout(() => process.exit(130), PATIENCE_MS).unref()
  })
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

/** By file; what a second try brought stands in the place of the first. */
const counts = new Map<string, Count>()
/** Milliseconds of each file, beside the others that ran with it. */
const took = new Map<string, number>()
let isWell = true
const root = scratchRoot()
const scratch = mkdtempSync(join(root, 'countersign-test-'))
const given = process.env['COUNTERSIGN_TEST_POSTGRES']
const postgres = given ? null : await startPostgres({ root })
const browser = startableBrowser()

process.env['NODE_OPTIONS'] = [
  process.env['NODE_OPTIONS'],
  '--disable-warning=ExperimentalWarning',
].join(' ')
process.env['NODE_COMPILE_CACHE'] ??= COMPILED
// Browsers and their profiles find nothing of other programs here, and leave nothing behind.
process.env['TMPDIR'] = scratch
process.env['COUNTERSIGN_TEST_DEMO'] = join(scratch, 'demo')
if (postgres) process.env['COUNTERSIGN_TEST_POSTGRES'] = postgres.url
if (browser) process.env['COUNTERSIGN_CHROMIUM'] = browser.path

const QUICK = { bytes: QUICK_BYTES, folder: mkdtempSync(join(scratch, 'quick-')) }
/** A browser takes longer to show what little text asks for: two minutes of it. */
const SHOWN = { bytes: 26_000, folder: mkdtempSync(join(scratch, 'shown-')) }
/** A folder for each: batches of one folder have the same names. */
const together = () => ({ bytes: Infinity, folder: mkdtempSync(join(scratch, 'longest-')) })

const files = chosenFiles()
try {
  await runTests(isLong ? apart(files.quick) : batchesOf(files.quick, QUICK), QUICK_MAX)
  if (browser) {
    const isWellSoFar = isWell
    const longest = files.longest.flatMap((line) => batchesOf(line, together()))
    await runTests([...longest, ...batchesOf(files.shown, SHOWN)], BROWSERS_MAX)
    await tryAgain(isWellSoFar)
  }
} finally {
  await postgres?.stop()
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
}
report()

function apart(files: readonly string[]): readonly Batch[] {
  return files.map((file) => ({ entry: file, files: [file] }))
}

function chosenFiles() {
  const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
  const chosen = globSync(isLong ? LONG : '{src,test,web}/**/*.test.ts')
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort()
  const isInBrowser = (file: string) => file.startsWith(join('test', 'browser'))
  const inBrowser = chosen.filter(isInBrowser)
  const longest = LONGEST.map((words) =>
    inBrowser.filter((file) => words.some((word) => file.includes(word))),
  )
  return {
    quick: chosen.filter((file) => !isInBrowser(file)).toSorted(byFolder),
    longest,
    shown: inBrowser.filter((file) => !longest.flat().includes(file)),
  }
}

function byFolder(a: string, b: string): number {
  const place = (file: string) => FOLDERS.indexOf(file.split(sep)[0] ?? '')
  return place(a) - place(b)
}

/**
 * Memory, where it has room: SQLite waits for the disk at every commit, and what a test proves of a
 * process that dies holds there too.
 */
function scratchRoot(): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    return bavail * bsize >= SCRATCH_BYTES ? IN_MEMORY : tmpdir()
  } catch {
    return tmpdir()
  }
}

function startableBrowser(): { path: string; version: string } | null {
  const path = chromiumExecutable()
  if (!path) return null
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return status === 0 ? { path, version: stdout.trim() } : null
}

/** Runs the files, so many processes at a time, and adds what happened to the count. */
async function runTests(batches: readonly Batch[], concurrency: number): Promise<void> {
  if (batches.length === 0 || interrupted.signal.aborted) return
  const entries = batches.map(({ entry }) => entry)
  const tests = run({
    files: entries,
    concurrency,
    timeout: PROCESS_MS_MAX,
    signal: interrupted.signal,
    execArgv: [
      ...FLAGS,
      '--import',
      pathToFileURL('test/support/left-open.ts').href,
      ...(process.argv.includes('--update') ? ['--test-update-snapshots'] : []),
    ],
  })
  const all = batches.flatMap((batch) => batch.files.map((file) => resolve(file)))
  for (const file of all) counts.set(file, { passed: 0, failed: 0, skipped: 0 })
  const unheard = new Set(all)
  const countOf = (file: string | undefined): Count => {
    const found = counts.get(file ?? '') ?? { passed: 0, failed: 0, skipped: 0 }
    counts.set(file ?? '', found)
    return found
  }
  const heard = (file = '', ms: number) => {
    if (entries.includes(file) && !counts.has(file)) return
    unheard.delete(file)
    took.set(file, (took.get(file) ?? 0) + ms)
  }
  tests.on('test:pass', ({ name, file, details, nesting, skip }) => {
    heard(file, nesting === 0 ? details.duration_ms : 0)
    // A file without a test in it is reported as one test that passed.
    if (details.type === 'suite' || entries.includes(name) || entries.includes(file ?? '')) return
    if (skip !== undefined) countOf(file).skipped += 1
    else countOf(file).passed += 1
  })
  // One that is marked as still to do has failed like any other.
  tests.on('test:fail', ({ file, details, nesting }) => {
    heard(file, nesting === 0 ? details.duration_ms : 0)
    if (details.type !== 'suite') countOf(file).failed += 1
  })
  tests.on('test:summary', ({ file, success }) => {
    if (file === undefined) isWell &&= success
  })
  for await (const text of tests.compose(spec)) process.stdout.write(text)
  if (unheard.size === 0 || interrupted.signal.aborted) return
  console.error(`None of their tests ran: ${[...unheard].join(', ')}`)
  isWell = false
}

/**
 * A browser on a busy machine may miss its time once. What fails in it twice is wrong; what fails
 * once is said.
 */
async function tryAgain(isWellSoFar: boolean): Promise<void> {
  const failed = [...files.longest.flat(), ...files.shown].filter(
    (file) => (counts.get(resolve(file))?.failed ?? 0) > 0,
  )
  if (failed.length === 0 || interrupted.signal.aborted) return
  console.log(`These failed in the browser and are tried once more: ${failed.join(', ')}`)
  isWell = isWellSoFar
  await runTests(apart(failed), 1)
}

function report(): void {
  const all = [...counts.values()]
  const sum = (key: keyof Count) => all.reduce((total, one) => total + one[key], 0)
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
  console.log(`${passed} tests passed, ${failed} failed, ${skipped} were skipped. They ran with`)
  console.log(`  SQLite ${process.versions.sqlite}`)
  if (given) console.log('  the PostgreSQL of COUNTERSIGN_TEST_POSTGRES')
  else if (postgres) console.log(`  PostgreSQL ${postgres.version}, a cluster of its own`)
  else console.log('  no PostgreSQL: its tests are skipped, because no server is installed here')
  if (browser) console.log(`  ${browser.version}`)
  else console.log('  no browser: its tests are skipped, because Chromium does not run here')
  reportSlowest()
  if (passed + failed === 0) console.error('No test ran.')
  if (!isWell || failed > 0 || passed === 0) process.exitCode = 1
}

function reportSlowest(): void {
  const slowest = [...took].toSorted(([, a], [, b]) => b - a).slice(0, SLOWEST)
  if (took.size <= SLOWEST) return
  console.log(`The ${SLOWEST} slowest of ${took.size} files, in seconds:`)
  for (const [file, ms] of slowest)
    console.log(`  ${(ms / 1000).toFixed(0).padStart(4)}  ${relative(process.cwd(), file)}`)
}
