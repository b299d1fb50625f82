/**
 * Writes docs/rights.md and docs/desk-rights.md anew, from the tables in `core`: `node
 * scripts/rights.ts`.
 */
import { writeFileSync } from 'node:fs'
import { rightsPage } from '../test/support/clients/rights-page.ts'
import { deskRightsPage } from '../test/support/desk/rights-page.ts'

const PAGES = { 'docs/rights.md': rightsPage(), 'docs/desk-rights.md': deskRightsPage() }

for (const [file, page] of Object.entries(PAGES)) {
  writeFileSync(file, page)
  console.log(`${file} is written.`)
}
