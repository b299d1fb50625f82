import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  type Act,
  ACTS,
  bothOf,
  endsWith,
  HOUSE,
  isPossible,
  type Thing,
  THINGS,
} from '../../support/models/under-way.ts'
import { castOf } from '../../support/models/under-way-clients.ts'
import { raced } from '../../support/models/under-way-races.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** What is under way, and every act that may end it: one after the other, and at once. */

/** The act is done, and then the thing is completed. */
async function inTurn(world: TestWorld, thing: Thing, act: Act): Promise<void> {
  const cast = await castOf(world, thing.opening)
  const { acts, completes } = await bothOf(cast, { thing, act })
  assert.equal(await acts(cast.world), 'yes', `${act.by} was not done`)
  const outcome = await completes(cast.world)
  const about = `${thing.name}, after ${act.by}: ${outcome}`
  if (endsWith(act, thing)) assert.notEqual(outcome, 'yes', about)
  else assert.equal(outcome, 'yes', about)
}

for (const database of DATABASES) {
  for (const thing of THINGS) {
    suite(`${thing.name} over ${database}`, () => {
      test('is completed where nothing ends it', async (t) => {
        const world = await testWorld(t, { database, ...HOUSE })
        const cast = await castOf(world, thing.opening)
        const completes = await thing.begin(cast)
        assert.equal(await completes(cast.world), 'yes')
      })

      // Over PostgreSQL the races show it too.
      if (database === 'sqlite')
        test('S85 ends with every act that ends it, and with no other', async (t) => {
          const world = await testWorld(t, { database, ...HOUSE })
          for (const act of ACTS) if (isPossible(act, thing)) await inTurn(world, thing, act)
        })

      test('S12 S85 is not completed after an act that comes at the same moment', async (t) => {
        const one = await testWorld(t, { database, ...HOUSE })
        const other = await testWorld(t, { database, ...HOUSE, beside: one })
        for (const act of ACTS) {
          const isEnd = isPossible(act, thing) && endsWith(act, thing)
          if (isEnd) await raced([one, other], { thing, act, round: 0 })
        }
      })
    })
  }
}
