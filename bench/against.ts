import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DatabaseKind, FIGURE_IDS, type FigureId } from './report/figures.ts'
import { comparisonTable, type Pair } from './report/comparison.ts'

/**
 * `npm run bench -- --against <commit>`: another state of the project beside this one, each
 * measured by its own bench, turn by turn on the same machine, so that whatever else the machine
 * does happens to both.
 */

const HERE = fileURLToPath(new URL('..', import.meta.url))
/** Of each side; each turn takes two runs of every figure. */
const TURNS = 5

/** @returns whether there is such a commit. */
export function compareWith(commit: string, { json, isWanted }: Wishes): boolean {
  if (!isCommit(commit)) return false
  const there = checkedOut(commit)
  try {
    const known = figuresOf(there)
    const ids = FIGURE_IDS.filter((id) => isWanted(id) && known.includes(id))
    const missing = FIGURE_IDS.filter((id) => isWanted(id) && !known.includes(id))
    if (missing.length > 0) console.error(`${commit} has no figure ${missing.join(', ')}`)
    const pairs = new Map<string, Pair>()
    for (let turn = 0; turn < TURNS; turn += 1) {
      console.error(`turn ${turn + 1} of ${TURNS}`)
      // Neither side is always the one that comes first.
      const sides = turn % 2 === 0 ? (['before', 'after'] as const) : (['after', 'before'] as const)
      for (const side of sides) {
        for (const { id, database, runs } of measuredIn(side === 'before' ? there : HERE, ids)) {
          const pair = pairs.get(`${id} ${database}`) ?? { id, database, before: [], after: [] }
          pairs.set(`${id} ${database}`, { ...pair, [side]: [...pair[side], ...runs] })
        }
      }
      // A turn takes ten minutes: what it measured is not lost if a later one is interrupted.
      console.error(comparisonTable([...pairs.values()]))
    }
    const all = [...pairs.values()]
    console.log(json ? JSON.stringify(all, null, 2) : comparisonTable(all))
    return true
  } finally {
    git('worktree', 'remove', '--force', there)
  }
}

interface Wishes {
  readonly json: boolean
  readonly isWanted: (id: FigureId) => boolean
}

function isCommit(name: string): boolean {
  const asked = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`]
  return spawnSync('git', asked, { cwd: HERE, stdio: 'ignore' }).status === 0
}

/** That commit in a folder of its own, ready to run. */
function checkedOut(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-against-'))
  rmSync(folder, { recursive: true })
  git('worktree', 'add', '--quiet', '--detach', folder, commit)
  const isSame = (path: string) =>
    readFileSync(join(folder, path), 'utf8') === readFileSync(join(HERE, path), 'utf8')
  if (isSame('package-lock.json'))
    symlinkSync(join(HERE, 'node_modules'), join(folder, 'node_modules'))
  const made = spawnSync(process.execPath, ['scripts/setup.mjs'], { cwd: folder, stdio: 'inherit' })
  if (made.status !== 0) throw new Error(`${commit} could not be made ready`)
  return folder
}

/**
 * Where a state of the project names its figures; the last is from before the bench had folders.
 */
const FIGURES_FILES = ['bench/report/figures.ts', 'bench/figures.ts']

/** What the bench of that state can measure: an older one knows fewer figures. */
function figuresOf(folder: string): readonly string[] {
  const file = FIGURES_FILES.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (file === undefined) return []
  const address = JSON.stringify(file)
  const code = `console.log(JSON.stringify((await import(${address})).FIGURE_IDS))`
  return jsonIn(node(folder, '--input-type=module', '--eval', code)) as readonly string[]
}

interface Figure {
  readonly id: FigureId
  readonly database: DatabaseKind | null
  readonly runs: readonly number[]
}

function measuredIn(folder: string, ids: readonly FigureId[]): readonly Figure[] {
  const said = node(folder, 'bench/main.ts', '--quick', '--json', '--only', ids.join(','))
  return (jsonIn(said) as { readonly figures: readonly Figure[] }).figures
}

/** Some earlier states print the summary of a test runner behind it. */
const jsonIn = (said: string): unknown => JSON.parse(said.split('\n\u2139 ', 1)[0] ?? '')

const node = (folder: string, ...args: readonly string[]): string =>
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  })

function git(...args: readonly string[]): void {
  execFileSync('git', args, { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] })
}
