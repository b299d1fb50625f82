import { any } from '#store/queries/writes.ts'
import type { TestWorld } from '../server/world.ts'

/** The same world, in which something else happens between what a step reads and what it writes. */
export const interrupted = (world: TestWorld, meanwhile: () => Promise<unknown>): TestWorld => ({
  ...world,
  db: {
    ...world.db,
    commit: async (writes) => {
      await meanwhile()
      return await world.db.commit(writes)
    },
  },
})

/** It happens before the first write alone; what follows is undisturbed. */
export function overtaken(world: TestWorld, meanwhile: () => Promise<unknown>): TestWorld {
  let isFirst = true
  return interrupted(world, async () => {
    const isNow = isFirst
    isFirst = false
    if (isNow) await meanwhile()
  })
}

/**
 * Another writer is always faster: whatever was read of these rows is older than what stands there.
 */
export const outrun = (
  world: TestWorld,
  table: 'login' | 'authenticator' | 'device_order' | 'subscriber',
): TestWorld =>
  interrupted(world, async () => {
    const write = world.db.write
      .updateTable(table)
      .set((eb) => ({ version: eb('version', '+', 1) }))
    await world.db.commit([any(write)])
  })
