import { suite, test } from 'node:test'
import { DATABASES } from '../support/databases/databases.ts'
import { pebble } from '../support/sample-method.ts'
import { ACTS, isPossible, THINGS } from '../support/models/under-way.ts'
import { raced } from '../support/models/under-way-races.ts'
import { testWorld } from '../support/server/world.ts'

/**
 * As in `test/scenarios/sessions/under-way.test.ts`, with this many races of each thing and each
 * act.
 */
const RACES = 25

for (const database of DATABASES) {
  suite(`what is under way against what ends it, over ${database}`, () => {
    for (const thing of THINGS) {
      test(`S12 S85 ${thing.name}: ${RACES} races with each act`, async (t) => {
        const house = { database, methods: [pebble] } as const
        const one = await testWorld(t, house)
        const other = await testWorld(t, { ...house, beside: one })
        for (const act of ACTS.filter((one) => isPossible(one, thing))) {
          for (let round = 0; round < RACES; round += 1) {
            await raced([one, other], { thing, act, round })
          }
        }
      })
    }
  })
}
