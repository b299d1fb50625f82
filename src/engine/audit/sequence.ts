import { setTimeout as wait } from 'node:timers/promises'
import { leafText, type LoggedEvent } from '#core/audit/leaf.ts'
import { leafHash } from '#core/audit/merkle.ts'
import { nodesCompleted } from '#engine/audit/tree.ts'
import { sha256 } from '#engine/audit/tree-head.ts'
import type { World } from '#engine/world.ts'
import {
  appendLeaves,
  BATCH_MAX,
  findLastSeq,
  findTree,
  type Leaf,
  listLogged,
} from '#store/audit/tree.ts'

/** Events up to here that are still to be settled. */
interface Unsettled {
  readonly upTo: number
  /** Transactions that may still write an event with a lower number. */
  readonly writers: readonly string[]
}

/**
 * Gives events their place in the tree, in the order of their numbers and without a gap.
 *
 * PostgreSQL draws a number when it writes an event, and another transaction that drew a lower one
 * may commit later. So the numbers that can be read are settled first: a place is given only once
 * every transaction has ended that was writing events when the highest of them was read. What then
 * is missing below it will never be there, and an event that appears there later was put there by
 * another hand. Nothing of this is in the commit of a login.
 *
 * Every node may run it: the tree grows in one commit that names its size.
 */
export function sequencer({ db }: Pick<World, 'db'>): () => Promise<void> {
  let unsettled: Unsettled | null = null
  return async () => {
    // In this order: a transaction that drew a lower number is among the writers, or has ended.
    const upTo: number = unsettled?.upTo ?? (await findLastSeq(db))
    if (upTo <= (await findTree(db)).seq) {
      unsettled = null
      return
    }
    const now = await db.writersOf('audit_event')
    const writers = unsettled ? unsettled.writers.filter((one) => now.includes(one)) : now
    unsettled = { upTo, writers }
    if (writers.length > 0) return
    await appendUpTo({ db }, upTo)
    unsettled = null
  }
}

/**
 * Gives every event that can be read now its place. @returns `false` where transactions that may
 * still write one did not end in time.
 */
export async function sequenceNow(world: Pick<World, 'db'>): Promise<boolean> {
  const upTo = await findLastSeq(world.db)
  const sequence = sequencer(world)
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    await sequence()
    if ((await findTree(world.db)).seq >= upTo) return true
    await wait(LOOK_AGAIN_MS)
  }
  return false
}

/** Longer than any commit may take. */
const LOOKS_MAX = 150
const LOOK_AGAIN_MS = 100

async function appendUpTo({ db }: Pick<World, 'db'>, upTo: number): Promise<void> {
  for (;;) {
    const tree = await findTree(db)
    // A node of the lowest level that is kept is filled up before the next one begins.
    const limit = BATCH_MAX - (tree.size % BATCH_MAX)
    const events = await listLogged(db, { after: tree.seq, upTo, limit })
    if (events.length === 0) return
    const leaves = events.map(leafOf)
    // Where another node was faster, the tree is read again.
    await appendLeaves(db, tree, { leaves, nodes: await nodesCompleted(db, tree, leaves) })
  }
}

/** The leaf of an event. */
export const leafOf = (event: LoggedEvent): Leaf => ({
  seq: event.seq,
  hash: leafHash(sha256, Buffer.from(leafText(event))),
})
