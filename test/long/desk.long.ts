/** The desk as one enemy plays it, ten thousand times. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { histories } from '../support/models/desk/acts.ts'
import { EDGES } from '../support/models/desk/edges.ts'
import { nothingSeen, played } from '../support/models/desk/play.ts'
import { HONEST, testWorld } from '../support/server/world.ts'

const RUNS = 10_000

test('A13 A14 R126 in ten thousand histories no agent logs in as a client', async (t) => {
  const world = await testWorld(t, { settings: HONEST })
  const seen = nothingSeen()
  const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Date.now() % 2 ** 31)
  t.diagnostic(`COUNTERSIGN_TEST_SEED=${seed}`)
  await fc.assert(
    fc.asyncProperty(histories, (history) => played(world, history, seen)),
    { numRuns: RUNS, seed, endOnFailure: true, examples: [...EDGES] },
  )
  t.diagnostic(JSON.stringify(seen))
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 100, `${count} ${what}`)
})
