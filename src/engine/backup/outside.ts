import type { Place } from '#channels/checkpoints/place.ts'
import { isSame } from '#core/audit/merkle.ts'
import { logVerifiers, logSigner, type LogWorld } from '#engine/audit/checkpoints.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { notesIn } from '#engine/audit/note.ts'
import {
  checkpointIn,
  type HeadNote,
  isOfLog,
  rewindsIn,
  type TreeHead,
} from '#engine/audit/tree-head.ts'
import { rootAt } from '#engine/audit/tree.ts'
import { findTree } from '#store/audit/tree.ts'

/** What places outside have kept of this log, under the name that it has now. */
export interface KeptOutside {
  readonly heads: readonly TreeHead[]
  /** Places that did not answer. */
  readonly silent: readonly string[]
}

export async function keptOutside(world: LogWorld, places: readonly Place[]): Promise<KeptOutside> {
  const asked = places.filter((place) => place.latest !== undefined)
  const answers = await Promise.allSettled(
    asked.map(async (place) => (await place.latest?.()) ?? ''),
  )
  const texts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const silent = asked.flatMap(({ name }, at) => (answers[at]?.status === 'rejected' ? [name] : []))
  const notes = texts.flatMap(notesIn).flatMap((note) => checkpointIn(note) ?? [])
  return { heads: headsOf(world, notes), silent }
}

/**
 * Those that this log has signed under the name that it has now, or under a later one: a database
 * from before the log was set back, or without the row that says so, knows only the earlier name.
 */
export function headsOf(world: LogWorld, notes: readonly HeadNote[]): readonly TreeHead[] {
  const { rewinds } = world.serverKeys.audit
  const counts = ({ head }: HeadNote) =>
    (rewindsIn(world.settings.issuer, head.origin) ?? -1) >= rewinds
  return notes
    .filter((note) => counts(note) && isOfLog(note, logVerifiers(world)))
    .map(({ head }) => head)
}

/**
 * Whether the log was set back behind what was kept outside, or is another one (A25). `null` for a
 * log that holds all of it.
 */
export async function setBack(
  world: LogWorld,
  heads: readonly TreeHead[],
): Promise<{ readonly signed: number; readonly left: number } | null> {
  const [last] = heads.toSorted((one, other) => other.size - one.size)
  if (!last || last.size === 0) return null
  // What was written last waits for its place.
  if ((await findTree(world.db)).size < last.size) await sequenceNow(world)
  const { size: left } = await findTree(world.db)
  const isWhole = last.size <= left && isSame(await rootAt(world.db, last.size), last.root)
  return isWhole ? null : { signed: last.size, left }
}
