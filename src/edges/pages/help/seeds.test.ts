import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { GUIDES } from '#edges/pages/help/guides.ts'

/** What the mission came from: two bundles of articles, and the topics that they refer to. */
const SEEDS = [
  ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'],
  ...['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'B10'],
  ...['69', '70', '975', '1131', '1861', '1943', '2067', '2204', '2260', '2277', '2278'],
  ...['2481', '2545', '2636', '2663', '2748', '2879', '2895', '3073', '3234', '3236', '3279'],
  '3396',
] as const

const TABLE = readFileSync('docs/help.md', 'utf8')
const rows = TABLE.split('\n')
  .filter((line) => /^\| (?:[AB]\d|\d)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, seeds = '', , en = '', fr = '']) => ({ seeds: seeds.split(', '), en, fr }))

suite('The table of the help', () => {
  test('R016 names every article of the seeds once', () => {
    assert.deepEqual(rows.flatMap(({ seeds }) => seeds).toSorted(), [...SEEDS].toSorted())
  })

  test('R016 R170 leads to one article in both languages, or says why there is none', () => {
    for (const { seeds, en, fr } of rows) {
      if (/^none: .{20,}\(R\d{3}/.test(en)) {
        assert.equal(fr, 'none', seeds.join())
        continue
      }
      const named = LANGUAGES.map((language) => {
        const cell = { en, fr }[language]
        return new RegExp(`^\\[([a-z-]+)\\]\\(\\.\\./help/${language}/\\1\\.md\\)$`).exec(cell)?.[1]
      })
      assert.equal(named[0], named[1], seeds.join())
      assert.ok(
        GUIDES.some((guide) => guide === named[0]),
        seeds.join(),
      )
    }
  })

  test('names every article of ours', () => {
    const missing = GUIDES.filter((guide) => !TABLE.includes(`(../help/en/${guide}.md)`))
    assert.deepEqual(missing, [])
  })
})
