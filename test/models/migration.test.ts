/** Whatever happens to the phones of a client, in whatever order, and wherever a machine dies. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { histories } from '../support/models/migration-histories.ts'
import { lived, type Seen } from '../support/models/migration.ts'
import { testWorld } from '../support/server/world.ts'

const RUNS = 40
/** Other histories each time are in `npm run test:long`: what passes here passes again. */
const SEED = 4711

suite('The phones of a client, whatever happens to them', () => {
  test('R060 R062 S68 never none or two, no right beyond what was proven, no change untold', async (t) => {
    const one = await testWorld(t)
    const other = await testWorld(t, { beside: one })
    const seen: Seen = { migrations: 0, waits: 0, stops: 0, crashes: 0, notices: 0 }
    const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? SEED)
    t.diagnostic(`COUNTERSIGN_TEST_SEED=${seed}`)
    await fc.assert(
      fc.asyncProperty(histories, (history) => lived([one, other], history, seen)),
      { numRuns: RUNS, seed, endOnFailure: false },
    )
    t.diagnostic(JSON.stringify(seen))
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what} in it`)
  })
})
