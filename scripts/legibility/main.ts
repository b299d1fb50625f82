/**
 * Photographs pages that do not exist, measures each, and prints how often the advice is wrong:
 * `npm run legibility`, or `-- 60` for sixty pictures. The bounds were chosen by the first two
 * thirds; the last third has only ever been printed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { ADVICE, type Legibility } from '../../src/core/documents/legibility.ts'
import { FLAWS, legibilityIn } from '../../src/core/documents/measures/advice.ts'
import { openBrowser } from '../demo.ts'
import { camera, type Shot } from './corpus.ts'

const PICTURES = 300
/** Of good ones refused, and of bad ones passed. */
const REFUSED_MAX = 0.02
const PASSED_MAX = 0.05

interface Row extends Omit<Shot, 'jpeg'>, Legibility {
  readonly megapixels: number
  readonly ms: number
}

/** The first picture by which no bound was chosen. */
const HELD_OUT_FROM = 200

const count = Number(process.argv[2] ?? PICTURES)
const seeds = [
  ...seedsFrom(0, Math.ceil((2 * count) / 3)),
  ...seedsFrom(HELD_OUT_FROM, Math.floor(count / 3)),
]
const folder = mkdtempSync(join(tmpdir(), 'countersign-legibility-'))
const browser = await openBrowser(folder)
const rows: Row[] = []
try {
  const shoot = camera(browser)
  for (const seed of seeds) rows.push(await measuredShot(await shoot(seed)))
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
for (const row of rows.filter(isWrong)) console.log(lineOf(row))
const halves = { fitted: rows.filter(isFitted), 'held out': rows.filter((row) => !isFitted(row)) }
for (const [name, half] of Object.entries(halves)) print(name, half)
printFlaws(rows)
printBounds(halves.fitted)
printTimes(rows)
process.exitCode = isGoodEnough(halves['held out']) ? 0 : 1

/** As the worker in the sandbox decodes it. */
async function measuredShot({ jpeg, ...shot }: Shot): Promise<Row> {
  const { data, info } = await sharp(jpeg)
    .autoOrient()
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const from = performance.now()
  const found = legibilityIn({ width: info.width, height: info.height, pixels: data })
  const ms = performance.now() - from
  return { ...shot, ...found, ms, megapixels: (info.width * info.height) / 1e6 }
}

function seedsFrom(first: number, many: number): readonly number[] {
  return Array.from({ length: many }, (_, index) => first + index)
}

function isFitted({ seed }: Row): boolean {
  return seed < HELD_OUT_FROM
}

function isWrong({ flaw, advice }: Row): boolean {
  return (flaw === null) !== (advice === null)
}

function lineOf({ seed, kind, table, flaw, advice, measures }: Row): string {
  const said = Object.entries(measures).map(([name, value]) => `${name}=${value}`)
  const what = `${seed} ${kind}, ${table} table: ${flaw ?? 'good'}`
  return `${what}, said ${advice ?? 'good'} (${said.join(' ')})`
}

function ratesOf(some: readonly Row[]) {
  const good = some.filter(({ flaw }) => flaw === null)
  const bad = some.filter(({ flaw }) => flaw !== null)
  const refused = good.filter(isWrong).length
  const passed = bad.filter(isWrong).length
  return { good: good.length, bad: bad.length, refused, passed }
}

function isGoodEnough(some: readonly Row[]): boolean {
  const { good, bad, refused, passed } = ratesOf(some)
  return refused <= REFUSED_MAX * good && passed <= PASSED_MAX * bad
}

function print(name: string, some: readonly Row[]): void {
  const { good, bad, refused, passed } = ratesOf(some)
  const share = (part: number, all: number) => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`
  console.log(
    `${name.padEnd(9)} good refused ${refused} of ${good}, ${share(refused, good)}; ` +
      `bad passed ${passed} of ${bad}, ${share(passed, bad)}`,
  )
}

function printFlaws(some: readonly Row[]): void {
  console.log('\nflaw        pictures  named  other advice  passed')
  for (const flaw of ADVICE) {
    const of = some.filter((row) => row.flaw === flaw)
    const named = of.filter(({ advice }) => advice === flaw).length
    const passed = of.filter(isWrong).length
    const cells = [of.length, named, of.length - named - passed, passed]
    console.log(flaw.padEnd(12) + cells.map((cell) => String(cell).padStart(8)).join(''))
  }
}

/** Where each bound is, between the worst good picture and the best bad one. */
function printBounds(some: readonly Row[]): void {
  console.log('\nmeasure     bound   worst 2 % of good   best 5 % of bad')
  for (const { advice, measure, bound, isWrong: side } of FLAWS) {
    const valuesOf = (flaw: Shot['flaw']) =>
      some
        .filter((row) => row.flaw === flaw)
        .map(({ measures }) => measures[measure])
        .sort((one, other) => (side === 'below' ? one - other : other - one))
    const good = valuesOf(null)
    const bad = valuesOf(advice)
    const worst = good[Math.floor(good.length * REFUSED_MAX)]
    const best = bad[Math.floor(bad.length * (1 - PASSED_MAX))]
    const cells = [bound, worst ?? '–', best ?? '–'].map((cell) => String(cell).padStart(10))
    console.log(measure.padEnd(10) + cells.join('    '))
  }
}

function printTimes(some: readonly Row[]): void {
  const large = some.filter(({ megapixels }) => megapixels > 11).map(({ ms }) => ms)
  const sorted = large.sort((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
  console.log(`\n12 megapixels are measured in ${at(0.5)} ms, one of twenty in ${at(0.95)} ms`)
}
