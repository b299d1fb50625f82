import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { rightsPage } from './support/clients/rights-page.ts'
import { deskRightsPage } from './support/desk/rights-page.ts'

test('docs/rights.md says what the program decides; if not, run node scripts/rights.ts', () => {
  assert.equal(readFileSync('docs/rights.md', 'utf8'), rightsPage())
})

test('docs/desk-rights.md says what the program decides; if not, run node scripts/rights.ts', () => {
  assert.equal(readFileSync('docs/desk-rights.md', 'utf8'), deskRightsPage())
})
