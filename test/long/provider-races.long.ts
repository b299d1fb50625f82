/** What the provider counts once is had once: a thousand times of each kind, on two processes. */
import { suite, test } from 'node:test'
import { DATABASES } from '../support/databases/databases.ts'
import { processNode, processSite } from '../support/server/processes.ts'
import {
  MODEL_CONTESTS,
  openHouse,
  PROVIDER_CONTESTS,
  runModelContest,
  runProviderContest,
} from '../support/models/provider-races.ts'
import { testWorld } from '../support/server/world.ts'

const RACES = 1_000

for (const database of DATABASES) {
  suite(`two processes over one ${database}`, () => {
    for (const contest of PROVIDER_CONTESTS) {
      test(`A7 ${contest.name} is had once, ${RACES} times`, async (t) => {
        const house = await openHouse(t, { database })
        const servers = [await processSite(t, house), await processSite(t, house)]
        const run = await runProviderContest(house, servers, { contest, rounds: RACES })
        t.diagnostic(`${run} races, ${run} with exactly one winner`)
      })
    }

    for (const contest of MODEL_CONTESTS) {
      test(`A7 ${contest.name} once, ${RACES} times`, async (t) => {
        const world = await testWorld(t, { database })
        const nodes = [await processNode(t, world), await processNode(t, world)]
        const run = await runModelContest(nodes, { contest, rounds: RACES })
        t.diagnostic(`${run} races, ${run} with exactly one winner`)
      })
    }
  })
}
