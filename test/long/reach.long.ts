/**
 * Notices of every kind to clients with every set of addresses in every state: none ends unreached.
 */
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import type { ContactKind } from '#core/contact/address.ts'
import { DATABASES } from '../support/databases/databases.ts'
import { playReach, setups } from '../support/models/reach.ts'
import { testWorld } from '../support/server/world.ts'

const EACH = 60
const CARRIERS: readonly (readonly ContactKind[])[] = [
  ['email', 'mobile'],
  ['mobile'],
  ['email'],
  [],
]

for (const database of DATABASES) {
  for (const carriers of CARRIERS) {
    test(`R131 no kind of notice ends unreached, on ${database}, with carriers of ${carriers.join(' and ') || 'nothing'}`, async (t) => {
      const world = await testWorld(t, { database })
      const seed = randomInt(1_000_000)
      const all = setups(EACH, seed)
      t.diagnostic(`seed ${seed}: ${await playReach(world, { all, carriers })} clients`)
    })
  }
}
