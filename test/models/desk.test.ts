/** Whatever one agent does with a client, a stolen password and a stolen SIM, in whatever order. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { histories } from '../support/models/desk/acts.ts'
import { EDGES } from '../support/models/desk/edges.ts'
import { nothingSeen, played } from '../support/models/desk/play.ts'
import { HONEST, testWorld } from '../support/server/world.ts'

const RUNS = 30
/** Other histories each time are in `npm run test:long`: what passes here passes again. */
const SEED = 4711

suite('The desk, whatever one corrupt or deceived agent does', () => {
  test('A13 A14 R126 R127 never a login, never a secret seen, never a notice missing', async (t) => {
    const world = await testWorld(t, { settings: HONEST })
    const seen = nothingSeen()
    const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? SEED)
    t.diagnostic(`COUNTERSIGN_TEST_SEED=${seed}`)
    await fc.assert(
      fc.asyncProperty(histories, (history) => played(world, history, seen)),
      { numRuns: RUNS, seed, endOnFailure: true, examples: [...EDGES] },
    )
    t.diagnostic(JSON.stringify(seen))
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what} in it`)
  })
})
