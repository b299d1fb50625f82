import type { FileId } from '#core/ids.ts'
import { before, days, hours } from '#core/time/time.ts'
import type { World } from '#engine/world.ts'
import { removeLostFiles, sweepFiles } from '#store/documents/files.ts'

/** Much longer than a request may take: by then its file has a key, or never will. */
export const UNFINISHED_KEPT = hours(1)
/** So that one round ends, however much there is. */
const ROUNDS_MAX = 100

/** Deletes what was left of files that were never finished, or whose key was deleted. */
export async function sweepAll(world: Pick<World, 'db' | 'files' | 'now'>): Promise<void> {
  const now = world.now()
  const begunBefore = before(now, UNFINISHED_KEPT)
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if ((await sweepFiles(world, { begunBefore, now })) === 0) return
  }
}

/** So long an operator has time to restore the database that has their keys. */
export const LOST_KEPT = days(7)

/**
 * Walks over all files, one page at each call, and begins anew after the last: what has lost its
 * key is deleted, whatever has happened. A key is lost without a word where a database was restored
 * that is older than its files, and where we stopped between two writes.
 */
export function lostFiles(world: Pick<World, 'db' | 'files' | 'now'>): () => Promise<void> {
  let after: FileId | null = null
  return async () => {
    const settledBefore = before(world.now(), LOST_KEPT)
    after = await removeLostFiles(world, { after, settledBefore })
  }
}
