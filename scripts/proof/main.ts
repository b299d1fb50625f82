/**
 * `npm run proof`: runs what there is for each figure F1 to F22, prints what came of it, and writes
 * docs/proof.md.
 *
 *   --only F7,F17   these alone
 *   --short         without those that take minutes
 *   --print         writes nothing
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Budget } from '../../bench/report/figures.ts'
import { machineOf } from '../../bench/report/machine.ts'
import { isKept } from '../../bench/report/report.ts'
import { startPostgres } from '../postgres.ts'
import { chromiumExecutable } from '../setup/chromium.mjs'
import { ROWS, type Row, type Run } from './rows.ts'
import {
  countsOf,
  keptLines,
  leftOutOf,
  lineOf,
  type Outcome,
  pageOf,
  verdictOf,
} from './verdict.ts'

const PAGE = 'docs/proof.md'
const RUN_MS_MAX = 30 * 60_000

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
})
const asked = values.only?.split(',').map((id) => id.trim().toUpperCase())
const unknown = asked?.filter((id) => !ROWS.some((row) => row.id === id)) ?? []
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}: they are F1 to F22.`)
  process.exitCode = 2
} else await prove()

async function prove(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-proof-'))
  const given = process.env['COUNTERSIGN_TEST_POSTGRES']
  const postgres = given === undefined ? await startPostgres() : null
  if (postgres) process.env['COUNTERSIGN_TEST_POSTGRES'] = postgres.url
  const browser = chromiumExecutable()
  if (browser) process.env['COUNTERSIGN_CHROMIUM'] ??= browser
  process.env['TMPDIR'] = scratch
  process.env['COUNTERSIGN_TEST_DEMO'] = join(scratch, 'demo')
  const version = postgres?.version ?? (given === undefined ? null : await versionOf(given))
  const machine = machineLine(version)
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  // What ran on another machine says nothing of this one.
  const kept = before.includes(machine) ? keptLines(before) : new Map<string, string>()
  const lines: string[] = []
  try {
    for (const row of ROWS) lines.push(await proven(row, kept))
  } finally {
    await postgres?.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
  }
  const counts = countsOf(lines)
  console.log(counts)
  if (!values.print) writeFileSync(PAGE, pageOf(lines, { machine, counts }))
}

/** As a PostgreSQL of our own says it, so that rows which ran beside one are kept. */
async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string }>('select version()')
    return /\d+(\.\d+)*/.exec(rows[0]?.version ?? '')?.[0] ?? 'of unknown version'
  } finally {
    await client.end()
  }
}

/** A row that runs, and its line; or the line that it had. */
async function proven(row: Row, kept: ReadonlyMap<string, string>): Promise<string> {
  const isAsked = asked ? asked.includes(row.id) : !(values.short && row.isLong)
  const at = stateNow()
  if (row.runs.length === 0) return lineOf(row, { outcome: null, at })
  if (!isAsked) return kept.get(row.id) ?? lineOf(row, { outcome: null, at })
  const outcome = await outcomeOf(row.runs)
  const verdict = verdictOf(row, outcome)
  // One that was asked for by name and did not run is no success either.
  if (verdict === 'missed' || (asked && verdict === 'not run')) process.exitCode = 1
  const line = lineOf(row, { outcome, at })
  console.log(line)
  return line
}

function stateNow(): string {
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8' }).stdout.trim()
  const changed =
    git('status', '--porcelain', '--', 'src', 'test', 'bench') === '' ? '' : ', changed'
  const time = new Date().toISOString().slice(0, 16).replace('T', ' ')
  return `${time} UTC, ${git('rev-parse', '--short=8', 'HEAD')}${changed}`
}

function machineLine(postgres: string | null): string {
  const { cores, processor, memory_gib, system, node, sqlite } = machineOf({
    postgres,
    quick: false,
  })
  const database = postgres === null ? 'no PostgreSQL' : `PostgreSQL ${postgres}`
  return (
    `On ${cores} cores of ${processor}, ${memory_gib} GiB, ${system}, Node ${node}, ` +
    `SQLite ${sqlite}, ${database}.`
  )
}

async function outcomeOf(runs: readonly Run[]): Promise<Outcome> {
  const all: Outcome[] = []
  for (const one of runs) all.push('figure' in one ? measured(one.figure) : await tested(one))
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    all.reduce((total, outcome) => total + outcome[key], 0)
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    said: all.flatMap(({ said }) => said),
    isKept: all.every(({ isKept }) => isKept),
    leftOut: [...new Set(all.flatMap(({ leftOut }) => leftOut))],
  }
}

async function tested({ tests, named }: Extract<Run, { tests: unknown }>): Promise<Outcome> {
  const [counted, said] = [{ passed: 0, failed: 0, skipped: 0 }, new Set<string>()]
  const ran = new Set<string>()
  const stream = run({
    files: [...tests],
    concurrency: 1,
    timeout: RUN_MS_MAX,
    ...(named === undefined ? {} : { testNamePatterns: [`^(${named})\\b`] }),
  })
  // A file, and a suite, is reported as a test as well.
  const isTest = (name: string, type: string | undefined) =>
    type !== 'suite' && !tests.some((file) => name.endsWith(file))
  stream.on('test:pass', ({ name, details, skip, file = '' }) => {
    if (!isTest(name, details.type)) return
    for (const one of tests) if (file.endsWith(`/${one}`)) ran.add(one)
    if (skip === undefined) counted.passed += 1
    else counted.skipped += 1
  })
  stream.on('test:fail', ({ name, details, file = '' }) => {
    if (details.type === 'suite') return
    for (const one of tests) if (file.endsWith(`/${one}`)) ran.add(one)
    counted.failed += 1
    console.error(`failed: ${name}`)
  })
  stream.on('test:diagnostic', ({ message, nesting }) => {
    // The runner's own summary stands at the top.
    if (
      nesting > 0 ||
      !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(message)
    )
      said.add(message)
  })
  for await (const _ of stream);
  const hasPostgres = process.env['COUNTERSIGN_TEST_POSTGRES'] !== undefined
  const leftOut = leftOutOf({
    tests,
    ran,
    hasPostgres,
    textOf: (file) => readFileSync(file, 'utf8'),
  })
  return { ...counted, said: [...said], isKept: true, leftOut }
}

interface Figure {
  readonly id: string
  readonly value: number
  readonly unit: string
  readonly budget: Budget | null
  readonly database: string
}

/** A figure of the bench, with its own budget. */
function measured(figure: string): Outcome {
  const args = ['bench/main.ts', '--json', '--only', figure]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const none = { passed: 0, failed: 0, skipped: 0, leftOut: [] }
  if (status !== 0) return { ...none, failed: 1, said: ['the bench has failed'], isKept: false }
  const { figures } = JSON.parse(stdout) as { figures: readonly Figure[] }
  const of = figures.filter(({ id }) => id === figure)
  return {
    ...none,
    passed: of.length,
    failed: of.length === 0 ? 1 : 0,
    said: of.map(({ id, value, unit, database }) => `${id} ${value} ${unit} (${database})`),
    isKept: of.every(({ budget, value }) => isKept(budget, value) !== false),
  }
}
