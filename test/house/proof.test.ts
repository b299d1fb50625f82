import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { FIGURE_IDS } from '../../bench/report/figures.ts'
import { ROWS, type Row } from '../../scripts/proof/rows.ts'
import {
  countsOf,
  figureOf,
  keptLines,
  leftOutOf,
  lineOf,
  type Outcome,
  pageOf,
  verdictOf,
} from '../../scripts/proof/verdict.ts'

const RUN: Row = {
  id: 'F2',
  what: 'once',
  budget: 'all of them',
  runs: [{ tests: ['test/house/proof.test.ts'] }],
  lacks: null,
}
const WELL: Outcome = {
  passed: 2,
  failed: 0,
  skipped: 0,
  said: ['9 | 9'],
  isKept: true,
  leftOut: [],
}

suite('The proof', () => {
  test('has a row for each of F1 to F22, and runs what is there', () => {
    assert.deepEqual(
      ROWS.map(({ id }) => id),
      Array.from({ length: 22 }, (_, at) => `F${at + 1}`),
    )
    for (const { id, runs } of ROWS)
      for (const one of runs) {
        if ('figure' in one) {
          assert.ok(FIGURE_IDS.includes(one.figure), id)
          continue
        }
        const named = one.named ?? ''
        for (const file of one.tests) {
          assert.ok(existsSync(file), `${id}: ${file}`)
          const titles = new RegExp(`\\b(test|suite)\\(\\s*['"\`]${named}\\b`)
          if (named !== '') assert.match(readFileSync(file, 'utf8'), titles, `${id}: ${file}`)
        }
      }
  })

  test('is green only where all of it ran and was kept', () => {
    assert.equal(verdictOf(RUN, WELL), 'met')
    assert.equal(verdictOf({ ...RUN, lacks: 'half of it' }, WELL), 'in part')
    assert.equal(verdictOf(RUN, { ...WELL, skipped: 1 }), 'in part')
    assert.equal(verdictOf(RUN, { ...WELL, failed: 1 }), 'missed')
    assert.equal(verdictOf(RUN, { ...WELL, isKept: false }), 'missed')
    assert.equal(verdictOf(RUN, { ...WELL, passed: 0, skipped: 3 }), 'not run')
    assert.equal(verdictOf(RUN, null), 'not run')
    assert.equal(verdictOf({ ...RUN, runs: [] }, WELL), 'not built')
    assert.equal(figureOf({ ...WELL, skipped: 1 }), '2 of 3 tests passed; 1 were skipped; 9 | 9')
  })

  test('is not green where a file said nothing, or ran over one database of two', () => {
    const [one, two] = ['test/long/races.long.ts', 'src/oath/ocra.test.ts']
    const told = { tests: [one, two], textOf: (file: string) => readFileSync(file, 'utf8') }
    const all = leftOutOf({ ...told, ran: new Set([one, two]), hasPostgres: true })
    assert.deepEqual(all, [])
    // Node says nothing of a suite that is skipped while tests are chosen by name.
    const leftOut = leftOutOf({ ...told, ran: new Set([two]), hasPostgres: false })
    assert.deepEqual(leftOut, [`nothing ran of ${one}`, 'without PostgreSQL'])
    const alone = { ...told, tests: [two], ran: new Set([two]), hasPostgres: false }
    assert.deepEqual(leftOutOf(alone), [], 'what needs no database is whole')
    assert.equal(verdictOf(RUN, { ...WELL, leftOut }), 'in part')
    assert.match(figureOf({ ...WELL, leftOut }), /; without PostgreSQL$/)
  })

  test('keeps the lines of rows that did not run, and counts them', () => {
    const at = '2026-11-30 12:00 UTC, 12345678'
    const lines = [RUN, { ...RUN, id: 'F3', lacks: 'half | of it' }].map((row) =>
      lineOf(row, { outcome: WELL, at }),
    )
    assert.match(lines[1] ?? '', /; less than the budget: half \/ of it \| \*\*in part\*\* \|/)
    const counts = countsOf(lines)
    assert.equal(counts, '1 met, 1 in part, 0 missed, 0 not run, 0 not built.')
    const kept = keptLines(pageOf(lines, { machine: 'On a machine.', counts }))
    assert.deepEqual(
      [...kept],
      [
        ['F2', lines[0]],
        ['F3', lines[1]],
      ],
    )
    assert.doesNotMatch(lineOf(RUN, { outcome: null, at }), /2026/)
  })
})
