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
import type { Db } from '#store/database/open.ts'

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
 * another party. Nothing of this is in the commit of a login.
 *
 * Every node may run it: the tree grows in one commit that names its size. The signal ends it after
 * the commit at hand.
 */
export function sequencer({ db }: Pick<World, 'db'>): (signal?: AbortSignal) => Promise<void> {
  let unsettled: Unsettled | null = null
  return async (signal) => {
    // In this order: a transaction that drew a lower number is among the writers, or has ended.
    const upTo: number = unsettled?.upTo ?? (await findLastDrawn(db))
    const { seq } = await findTree(db)
    if (unsettled === null && upTo < seq && (await isAhead(db, seq)))
      throw new AuditNumberNotDrawn(`the tree ends with ${seq}, and ${upTo} is the last`)
    if (upTo <= seq) {
      unsettled = null
      return
    }
    const now = await db.writersOf('audit_event')
    const writers = unsettled ? unsettled.writers.filter((one) => now.includes(one)) : now
    unsettled = { upTo, writers }
    if (writers.length > 0) return
    await appendUpTo({ db }, upTo, signal)
    unsettled = null
  }
}

/**
 * The highest number that can be read, of those that the database has drawn. An event with a higher
 * one gets no place: all that come after it would have lower numbers, and no place either.
 */
async function findLastDrawn(db: Db): Promise<number> {
  const last = await findLastSeq(db)
  const drawn = (await db.lastDrawn()) ?? last
  return last <= drawn ? last : await findLastSeq(db, drawn)
}

const isAhead = async (db: Db, seq: number): Promise<boolean> =>
  seq > ((await db.lastDrawn()) ?? seq)

/** The tree ends with a number that was never drawn: the events that come now get no place. */
export class AuditNumberNotDrawn extends Error {
  override readonly name = 'AuditNumberNotDrawn'
}

/**
 * Gives every event that can be read now its place. @returns `false` where transactions that may
 * still write one did not end in time.
 */
export async function sequenceNow(world: Pick<World, 'db'>): Promise<boolean> {
  const upTo = await findLastDrawn(world.db)
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

async function appendUpTo(
  { db }: Pick<World, 'db'>,
  upTo: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let tree = await findTree(db)
  while (!signal?.aborted) {
    // A node of the lowest level that is kept is filled up before the next one begins.
    const limit = BATCH_MAX - (tree.size % BATCH_MAX)
    const events = await listLogged(db, { after: tree.seq, upTo, limit })
    if (events.length === 0) return
    const leaves = events.map(leafOf)
    const nodes = await nodesCompleted(db, tree, leaves)
    const isAppended = await appendLeaves(db, tree, { leaves, nodes })
    const next = await findTree(db)
    // Another node was faster; or rows stand where these belong, and always will.
    if (!isAppended && next.size === tree.size && next.seq === tree.seq)
      throw new AuditTreeBlocked(`rows stand behind its ${tree.size} events`)
    tree = next
  }
}

/** Rows stand behind the end of the tree, so that it cannot grow: `audit verify` names them. */
export class AuditTreeBlocked extends Error {
  override readonly name = 'AuditTreeBlocked'
}

/** The leaf of an event. */
export const leafOf = (event: LoggedEvent): Leaf => ({
  seq: event.seq,
  hash: leafHash(sha256, Buffer.from(leafText(event))),
})
