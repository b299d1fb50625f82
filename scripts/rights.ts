/** Writes docs/rights.md anew, from the table in `core`: `node scripts/rights.ts`. */
import { writeFileSync } from 'node:fs'
import { rightsPage } from '../test/support/clients/rights-page.ts'

const FILE = 'docs/rights.md'

writeFileSync(FILE, rightsPage())
console.log(`${FILE} is written.`)
