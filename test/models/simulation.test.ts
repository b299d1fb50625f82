/**
 * Three nodes, clients, carriers and an attacker in one process, with time, chance, network and
 * storage of a seed. A thousand seeds are in test/long; `npm run simulate` plays more.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ran } from '../support/simulation/run.ts'
import { BUGS } from '../support/simulation/bugs.ts'
import { firstThatFinds, onGround, playedAll } from '../support/simulation/seeds.ts'

const SEEDS = { from: 1, count: 3, steps: 300 }
/** Those that are met at once; test/long looks for all ten. */
const QUICK = ['I3', 'I10']

suite('The simulation', () => {
  test('plays a few seeds, one of them twice, and finds bugs that were planted', async (t) => {
    await onGround(async (ground) => {
      const [one, again, other] = [
        await ran(ground, 1, SEEDS),
        await ran(ground, 1, SEEDS),
        await ran(ground, 2, SEEDS),
      ]
      assert.equal(one.digest, again.digest, 'the same seed is the same story')
      assert.notEqual(one.digest, other.digest)
      t.diagnostic(JSON.stringify(await playedAll(ground, SEEDS)))
      for (const bug of BUGS.filter(({ breaks }) => QUICK.includes(breaks)))
        assert.ok(await firstThatFinds(ground, bug, { from: 1, count: 5 }), bug.what)
    })
  })
})
