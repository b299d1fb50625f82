/** As test/models/simulation.test.ts, a thousand seeds; `npm run simulate` for more. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { BUGS } from '../support/simulation/bugs.ts'
import { firstThatFinds, onGround, playedAll } from '../support/simulation/seeds.ts'

/** Others each day, so that every run looks somewhere else. */
const seed = Number(process.env['COUNTERSIGN_TEST_SEED'] ?? Date.now() % 2 ** 31)
const SEEDS = { from: seed, count: 1_000 }
/** A bug that was planted has to be found in so many. */
const FOUND_WITHIN = { from: 1, count: 200 }

suite('F2 the simulation', () => {
  test('F2 I1 to I10 hold after every step of 1,000 seeds', async (t) => {
    t.diagnostic(`COUNTERSIGN_TEST_SEED=${seed}`)
    const seen = await onGround((ground) => playedAll(ground, SEEDS))
    t.diagnostic(`simulation: ${SEEDS.count} seeds, ${JSON.stringify(seen)}`)
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what} in it`)
  })

  test('F2 a seed tells the same story in another process', () => {
    const asked = ['scripts/simulation/main.ts', '--seed', '7']
    // Otherwise it would report to the runner of this test, with times.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
    const [one, again] = [0, 1].map(
      () => spawnSync(process.execPath, asked, { env, encoding: 'utf8' }).stdout,
    )
    assert.match(one ?? '', /^[0-9a-f]{16}\n1 seed from 7: 0 broken$/m)
    assert.equal(again, one)
  })

  for (const bug of BUGS)
    test(`F2 ${bug.breaks} finds ${bug.what}`, async (t) => {
      const found = await onGround((ground) => firstThatFinds(ground, bug, FOUND_WITHIN))
      assert.ok(found?.broken, `not in ${FOUND_WITHIN.count} seeds`)
      t.diagnostic(`seed ${found.seed}: ${found.broken.message}`)
    })
})
