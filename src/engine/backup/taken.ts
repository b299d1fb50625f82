import { leafText, type LoggedEvent } from '#core/audit/leaf.ts'
import { type Growing, grown, type Hash, isSame, rootOf, subtreesOf } from '#core/audit/merkle.ts'
import type { LogWorld } from '#engine/audit/checkpoints.ts'
import { noteInLine } from '#engine/audit/outside.ts'
import { leafOf } from '#engine/audit/sequence.ts'
import { checkpointIn, sha256, type TreeHead } from '#engine/audit/tree-head.ts'
import { rangeHashes, rootAt } from '#engine/audit/tree.ts'
import { eventIn } from '#engine/backup/export.ts'
import { headsOf } from '#engine/backup/outside.ts'
import { findTree, listLogged } from '#store/audit/tree.ts'

/** What was written down after the backup, as far as it is known and proven. */
export interface Taken {
  /** Events that are not in the database. */
  readonly events: readonly LoggedEvent[]
  /** All that follow the tree of the backup, those that are in the database among them. */
  readonly since: readonly LoggedEvent[]
  /** Events that the log has with them. */
  readonly size: number
  /** The most that was signed of it; 0 where nothing is known from outside. */
  readonly signed: number
  /** Whether the lines go as far as the backup; what ends before it says nothing of later. */
  readonly isReached: boolean
}

export type Taking =
  | { readonly ok: true; readonly taken: Taken }
  /** A line that can be no event, or is not in order. */
  | { readonly ok: false; readonly why: 'line'; readonly line: number }
  /** With these events the log is not the one that was signed. */
  | { readonly ok: false; readonly why: 'another-log' }

interface Given {
  /** Lines of `audit export`; none where nothing was exported. */
  readonly lines: readonly string[]
  /** What was kept outside, besides what stands in the lines. */
  readonly heads: readonly TreeHead[]
}

/**
 * Puts exported events behind the tree of the backup, and holds the roots that come of it against
 * what was signed: so it is known that none of them is missing or false.
 */
export async function takeEvents(world: LogWorld, given: Given): Promise<Taking> {
  const { db } = world
  const tree = await findTree(db)
  const notes = given.lines.flatMap((line) => checkpointIn(noteInLine(line) ?? '') ?? [])
  const heads = [...given.heads, ...headsOf(world, notes)]
  for (const { size, root } of heads)
    if (size > 0 && size <= tree.size && !isSame(await rootAt(db, size), root))
      return { ok: false, why: 'another-log' }
  const read = eventsIn(given.lines, tree.seq)
  if ('line' in read) return { ok: false, why: 'line', line: read.line }
  const since = read.events
  const here = await listLogged(db, { after: tree.seq, upTo: Number.MAX_SAFE_INTEGER, limit: MAX })
  const own = new Map(here.map((event) => [event.seq, leafText(event)]))
  const last = since.at(-1)?.seq ?? tree.seq
  const known = new Map(since.map((event) => [event.seq, leafText(event)]))
  // What is in the backup and waits for its place stands among them as well.
  for (const [seq, text] of own)
    if (seq <= last && known.get(seq) !== text) return { ok: false, why: 'another-log' }
  let growing = await growingAt(world, tree.size)
  const signed = new Map(heads.map(({ size, root }) => [size, root]))
  for (const event of since) {
    growing = grown(sha256, growing, leafOf(event).hash).tree
    if (!holds(growing, signed)) return { ok: false, why: 'another-log' }
  }
  const events = since.filter(({ seq }) => !own.has(seq))
  const most = heads.reduce((size, head) => Math.max(size, head.size), 0)
  const isReached = read.last >= tree.seq
  return { ok: true, taken: { events, since, size: growing.size, signed: most, isReached } }
}

/** More wait for their place in no backup. */
const MAX = 1_000_000

function holds(growing: Growing, signed: ReadonlyMap<number, Hash>): boolean {
  const root = signed.get(growing.size)
  return root === undefined || isSame(root, rootOf(sha256, growing))
}

/** The events behind a number, in their order, and the last of all; some may stand there twice. */
function eventsIn(
  lines: readonly string[],
  after: number,
): { readonly events: readonly LoggedEvent[]; readonly last: number } | { readonly line: number } {
  const events: LoggedEvent[] = []
  let last = after
  let read = Number.MIN_SAFE_INTEGER
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || noteInLine(line) !== null) continue
    const event = eventIn(line)
    if (event === null) return { line: index + 1 }
    read = Math.max(read, event.seq)
    if (event.seq <= last) continue
    events.push(event)
    last = event.seq
  }
  return { events, last: read }
}

/** The tree as it goes on growing from here. */
async function growingAt({ db }: LogWorld, size: number): Promise<Growing> {
  const subtrees = subtreesOf({ start: 0, end: size })
  const ranges = subtrees.map(({ level, index }) => ({
    start: index * 2 ** level,
    end: (index + 1) * 2 ** level,
  }))
  const hashes = await rangeHashes(db, ranges)
  const peaks: (Hash | null)[] = []
  for (const [at, { level }] of subtrees.entries()) {
    while (peaks.length <= level) peaks.push(null)
    peaks[level] = hashes[at] ?? null
  }
  return { peaks, size }
}
