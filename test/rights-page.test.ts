import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { shippedJurisdictions } from '#config/jurisdictions.ts'
import { askedBy, citationOf, faultOf, heldTooMuch } from './support/clients/citations.ts'
import { rightsPage } from './support/clients/rights-page.ts'
import { deskRightsPage } from './support/desk/rights-page.ts'

test('docs/rights.md says what the program decides; if not, run node scripts/rights.ts', () => {
  assert.equal(readFileSync('docs/rights.md', 'utf8'), rightsPage())
})

test('docs/desk-rights.md says what the program decides; if not, run node scripts/rights.ts', () => {
  assert.equal(readFileSync('docs/desk-rights.md', 'utf8'), deskRightsPage())
})

test('R132 each text that asks for a rule has tests, and the name of each says which text', () => {
  const places = [...shippedJurisdictions().profiles.values()]
  const faults = places.flatMap((place) =>
    askedBy(place).flatMap(({ rule, text, tests }) => [
      ...(tests.length === 0 ? [`${place.id} ${rule ?? text}: no test`] : []),
      ...tests.flatMap((held) => faultOf(text, held) ?? []),
    ]),
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(heldTooMuch(places), [])
})

test('a text is cited by who wrote it, when, and by its paragraph', () => {
  const text = 'SFC, Guidelines for Internet Trading, 27 October 2017, paragraph 1.1: words'
  assert.deepEqual(citationOf(text), ['SFC', '27', '2017', '1.1'])
  const cited = {
    file: 'a.test.ts',
    name: 'R128 SFC 27 October 2017, 1.1: no way out',
    isThere: true,
  }
  assert.equal(faultOf(text, cited), null)
  const other = { ...cited, name: 'SFC 27 October 2017, 1.3: no way out' }
  assert.equal(faultOf(text, other), `${other.name}: does not say 1.1`)
  assert.equal(
    faultOf(text, { ...cited, isThere: false }),
    `a.test.ts: has not one test ${cited.name}`,
  )
})
