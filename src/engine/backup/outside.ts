import type { Place } from '#channels/checkpoints/place.ts'
import { isSame } from '#core/audit/merkle.ts'
import { logVerifiers, type LogWorld } from '#engine/audit/checkpoints.ts'
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
  /** Places that did not answer, or with keys that this database does not know. */
  readonly silent: readonly string[]
}

export async function keptOutside(world: LogWorld, places: readonly Place[]): Promise<KeptOutside> {
  const asked = places.filter((place) => place.latest !== undefined)
  const answers = await Promise.allSettled(
    asked.map(async (place) => (await place.latest?.()) ?? ''),
  )
  const silent: string[] = []
  const heads: TreeHead[] = []
  for (const [at, { name }] of asked.entries()) {
    const answer = answers[at]
    const text = answer?.status === 'fulfilled' ? answer.value : null
    const notes = notesIn(text ?? '').flatMap((note) => checkpointIn(note) ?? [])
    const last = notes.filter(namesThisLog(world)).at(-1)
    // What a key has signed that was made behind the backup says as little as no answer.
    const isUnknown = last !== undefined && !isOfLog(last, logVerifiers(world))
    if (text === null || isUnknown) silent.push(name)
    heads.push(...headsOf(world, notes))
  }
  return { heads, silent }
}

/** Under the name that it has now, or a later one. */
const namesThisLog =
  ({ settings, serverKeys }: Omit<LogWorld, 'db'>) =>
  ({ head }: HeadNote): boolean =>
    (rewindsIn(settings.issuer, head.origin) ?? -1) >= serverKeys.audit.rewinds

/**
 * Those that this log has signed under the name that it has now, or under a later one: a database
 * from before the log was set back, or without the row that says so, knows only the earlier name.
 */
export function headsOf(world: LogWorld, notes: readonly HeadNote[]): readonly TreeHead[] {
  return notes
    .filter(namesThisLog(world))
    .filter((note) => isOfLog(note, logVerifiers(world)))
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
