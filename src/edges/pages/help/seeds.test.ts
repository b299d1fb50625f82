import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { articlesPage, stepsOf } from '../../../../scripts/help/articles-page.ts'
import { SEEDS } from '../../../../scripts/help/seeds.ts'
import { missionRows } from '../../../../scripts/mission/claims.ts'

/** What the mission came from: two bundles of articles, and the topics that they refer to. */
const NAMES = [
  ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'],
  ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'B10'],
  ...['69', '70', '975', '1131', '1861', '1943', '2067', '2204', '2260', '2277', '2278'],
  ...['2481', '2545', '2636', '2663', '2748', '2879', '2895', '3073', '3234', '3236', '3279'],
  '3396',
] as const

suite('The table of the help', () => {
  test('R016 names every article of the seeds once', () => {
    assert.deepEqual(SEEDS.flatMap(({ names }) => names).toSorted(), NAMES.toSorted())
  })

  test('R016 R170 is what articles, rules and defaults say: `node scripts/help.ts` writes it', () => {
    assert.equal(readFileSync('docs/help.md', 'utf8'), articlesPage())
  })

  test('each row that it names is held by a test, or the mission says what is missing', () => {
    const told = new Map(missionRows().map((row) => [row.id, row]))
    const named = SEEDS.flatMap(({ rows }) => rows)
    assert.ok(named.length > 200)
    for (const number of named) {
      const row = told.get(`R${String(number).padStart(3, '0')}`)
      assert.ok(row && (row.state !== 'whole' || row.tests.length > 0), `${number}`)
    }
  })

  test('R077 R140 R044 R088 has the steps of those that are told step by step', () => {
    for (const [guide, steps] of [
      ['documents', [8, 8]],
      ['reset-app', [8, 7]],
      ['no-notification', [9, 9]],
      ['no-text', [4]],
    ] as const) {
      assert.deepEqual(stepsOf(guide), steps)
      assert.deepEqual(SEEDS.find((seed) => seed.guide === guide)?.steps, steps)
    }
  })
})
