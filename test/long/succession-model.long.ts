/** As test/models/migration.test.ts, longer, and on both databases. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DATABASES } from '../support/databases/databases.ts'
import { histories } from '../support/models/migration-histories.ts'
import { lived, type Seen } from '../support/models/migration.ts'
import { testWorld } from '../support/server/world.ts'

const RUNS = 500

for (const database of DATABASES) {
  test(`R060 R062 S68 ${RUNS} histories of phones on ${database}`, async (t) => {
    const one = await testWorld(t, { database })
    const other = await testWorld(t, { database, beside: one })
    const seen: Seen = { migrations: 0, waits: 0, stops: 0, crashes: 0, notices: 0 }
    const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Date.now() % 2 ** 31)
    t.diagnostic(`COUNTERSIGN_TEST_SEED=${seed}`)
    const property = fc.asyncProperty(histories, (history) => lived([one, other], history, seen))
    await fc.assert(property, { numRuns: RUNS, seed })
    t.diagnostic(JSON.stringify(seen))
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what} in it`)
  })
}
