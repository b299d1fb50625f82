import { suite, test } from 'node:test'
import { nodeOf } from '../../support/clients/acts.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import {
  MODEL_CONTESTS,
  openHouse,
  PROVIDER_CONTESTS,
  runModelContest,
  runProviderContest,
} from '../../support/models/provider-races.ts'
import { openSite } from '../../support/server/site.ts'
import { testWorld } from '../../support/server/world.ts'

/** Of each kind; `npm run test:long` runs a thousand. */
const RACES = 15

for (const database of DATABASES) {
  suite(`two servers over one ${database}`, () => {
    for (const contest of PROVIDER_CONTESTS) {
      test(`A7 ${contest.name} is had once, however many ask at once`, async (t) => {
        const house = await openHouse(t, { database })
        const { world, issuer } = house
        const other = await openSite(t, { beside: world, issuer })
        const servers = [issuer, `http://localhost:${other.port}`]
        await runProviderContest(house, servers, { contest, rounds: RACES })
      })
    }

    for (const contest of MODEL_CONTESTS) {
      test(`A7 ${contest.name} once, by those who have all read that it was not`, async (t) => {
        const one = await testWorld(t, { database })
        const other = await testWorld(t, { database, beside: one })
        await runModelContest([nodeOf(one), nodeOf(other)], { contest, rounds: RACES })
      })
    }
  })
}
