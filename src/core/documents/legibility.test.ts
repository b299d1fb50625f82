import assert from 'node:assert/strict'
import { test } from 'node:test'
import { legibilityOf, type Measures } from '#core/documents/legibility.ts'

const MEASURED: Measures = {
  sharpness: 4.2,
  white: 231,
  evenness: 0.9,
  glare: 0,
  cutSides: 0,
  pages: 1,
  dpi: 210,
  skew: 1.5,
  written: 0.3,
}

test('what a worker says of a page is taken as it is, and nothing beside it', () => {
  const said = { measures: { ...MEASURED, more: 1 }, advice: 'dark', more: 2 }
  assert.deepEqual(legibilityOf(said), { measures: MEASURED, advice: 'dark' })
  assert.deepEqual(legibilityOf({ measures: MEASURED, advice: null }), {
    measures: MEASURED,
    advice: null,
  })
})

test('what is no measure of a page is none', () => {
  const { dpi: _, ...fewer } = MEASURED
  const lies = [
    ...[undefined, null, 'dark', [], {}, { measures: MEASURED }, { advice: null }],
    ...[fewer, [], null, 'x'].map((measures) => ({ measures, advice: null })),
    ...['<script>', '', 1, undefined].map((advice) => ({ measures: MEASURED, advice })),
    ...[-1, Number.NaN, 1_000_001, '4', null].map((dpi) => ({
      measures: { ...MEASURED, dpi },
      advice: null,
    })),
  ]
  for (const lie of lies) assert.equal(legibilityOf(lie), null, JSON.stringify(lie))
})
