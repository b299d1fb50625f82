import type { LoggedEvent } from '#core/audit/leaf.ts'
import {
  type Completed,
  EMPTY,
  type Growing,
  grown,
  type Hash,
  isSame,
  rootOf,
} from '#core/audit/merkle.ts'
import { logVerifiers, type LogWorld } from '#engine/audit/checkpoints.ts'
import type { Rewound } from '#core/backup/events.ts'
import type { VerifierKey } from '#engine/audit/note.ts'
import { leafOf } from '#engine/audit/sequence.ts'
import {
  checkpointIn,
  type HeadNote,
  isOfLog,
  sha256,
  type TreeHead,
} from '#engine/audit/tree-head.ts'
import { listRare } from '#store/audit/audit.ts'
import { listCheckpoints } from '#store/audit/checkpoints.ts'
import {
  BATCH_MAX,
  findLastSeq,
  findTree,
  type Leaf,
  listBehind,
  listLeaves,
  listLogged,
  listNodes,
  type Tree,
} from '#store/audit/tree.ts'
import type { Db } from '#store/database/open.ts'

/** What is wrong with a log, and where. */
export type Finding =
  /** The event says something else than when it was given its place. */
  | { readonly kind: 'changed'; readonly seq: number }
  | { readonly kind: 'deleted'; readonly seq: number }
  /** It stands among events that were complete without it. */
  | { readonly kind: 'inserted'; readonly seq: number }
  /** A place of the tree that holds no event any more, or not in the order of their numbers. */
  | { readonly kind: 'damaged'; readonly position: number }
  /** A hash over many events is not that of their hashes. */
  | { readonly kind: 'node'; readonly level: number; readonly position: number }
  /** It stands behind the end of the tree, where the next events belong. */
  | { readonly kind: 'behind'; readonly level: number; readonly position: number }
  /** What was signed is not what the events give; or no signature of the log is under it. */
  | { readonly kind: 'forked' | 'unsigned'; readonly size: number }
  /** It was kept outside, and leaves are missing before it. */
  | { readonly kind: 'uncompared'; readonly size: number }
  /** A part of what was kept outside: half of a checkpoint, or something else. */
  | { readonly kind: 'unreadable'; readonly part: number }
  /** More events were signed than there are. */
  | { readonly kind: 'rolled-back'; readonly size: number; readonly left: number }

export interface Verified {
  /** Events that have a place in the tree. */
  readonly size: number
  /** Events that wait for one; the server gives it within seconds. */
  readonly waiting: number
  /** Checkpoints that were held against the tree, those from outside among them. */
  readonly checkpoints: number
  /** The first of them, at most `FINDINGS_MAX`. */
  readonly findings: readonly Finding[]
  /** When the log was set back for good, and goes on under another name (A25). */
  readonly rewinds: readonly Rewind[]
}

export interface Rewind extends Rewound {
  /** The event that says so. */
  readonly seq: number
}

export const FINDINGS_MAX = 100

export interface FromOutside {
  /** Checkpoints that were kept elsewhere, as they were written there. */
  readonly checkpoints: readonly HeadNote[]
  /** Parts of what was kept there that are no checkpoint, counted from 1. */
  readonly unreadable?: readonly number[]
  /** The keys of which one has signed them; without it, those of this installation. */
  readonly keys?: readonly VerifierKey[]
}

/**
 * Reads the whole log again: every event against its leaf, the leaves against the nodes over them,
 * and the root against every checkpoint, those from outside among them. A log that was changed by
 * a party that also wrote the tree anew differs from what was signed; one that was cut off with all
 * that was signed of it differs only from what was kept elsewhere.
 */
export async function verifyLog(world: LogWorld, outside: FromOutside): Promise<Verified> {
  const { db } = world
  const tree = await findTree(db)
  const findings: Finding[] = []
  const keys = outside.keys ?? logVerifiers(world)
  // Under the name of the key that a reader has, a log was never set back: an insider can add an
  // event that says so (A22).
  const rewinds = (await rewindsOf(db)).filter(({ origin }) =>
    keys.every(({ name }) => name !== origin),
  )
  const judging: Judging = {
    db,
    keys,
    rewinds,
    found: (finding) => void (findings.length < FINDINGS_MAX && findings.push(finding)),
  }
  for (const part of outside.unreadable ?? []) judging.found({ kind: 'unreadable', part })
  const kept = heads(judging, outside.checkpoints)
  let read: Read = { growing: EMPTY, seq: Number.MIN_SAFE_INTEGER, checkpoints: 0 }
  for (let end = 0; end < tree.size && read.growing.size === end; ) {
    end = Math.min(end + BATCH_MAX, tree.size)
    read = await readOn(judging, { read, end, kept })
  }
  if (read.growing.size === tree.size && (tree.size > 0 ? read.seq : 0) !== tree.seq)
    judging.found({ kind: 'damaged', position: tree.size })
  compareRest(judging, { kept, tree, read: read.growing.size })
  await compareNumbers(judging, tree)
  const ahead = await headsWithin(judging, { after: tree.size, upTo: Number.MAX_SAFE_INTEGER })
  const behind = await listBehind(db, tree.size)
  const further = await findTree(db)
  for (const { level, position } of behind)
    if ((position + 1) * 2 ** level > further.size)
      judging.found({ kind: 'behind', level, position })
  compareAhead(judging, ahead, further)
  const { checkpoints } = read
  const waiting = await waitingIn(world, tree)
  return { size: tree.size, waiting, checkpoints, findings, rewinds }
}

async function rewindsOf(db: Db): Promise<readonly Rewind[]> {
  const fenced = await listRare(db, 'backup.fenced')
  return fenced.flatMap(({ seq, event }) =>
    event.kind === 'backup.fenced' && event.rewound ? [{ seq, ...event.rewound }] : [],
  )
}

interface Judging {
  readonly db: Db
  readonly keys: readonly VerifierKey[]
  readonly rewinds: readonly Rewind[]
  readonly found: (finding: Finding) => void
}

/** Roots that were signed, by the size of the tree. */
type Heads = ReadonlyMap<number, readonly Hash[]>

function heads({ keys, rewinds, found }: Judging, notes: readonly HeadNote[]): Heads {
  const roots = new Map<number, Hash[]>()
  for (const note of notes) {
    const { size, root } = note.head
    const those = roots.get(size)
    // What was signed beyond it is lost, and the log says so.
    if (isLost(note.head, rewinds)) continue
    if (!isOfLog(note, keys)) found({ kind: 'unsigned', size })
    else if (those) those.push(root)
    else roots.set(size, [root])
  }
  return roots
}

const isLost = ({ origin, size }: TreeHead, rewinds: readonly Rewind[]): boolean =>
  rewinds.some((rewind) => rewind.origin === origin && size > rewind.size)

interface Rest {
  readonly kept: Heads
  readonly tree: Tree
  /** Leaves that were read. */
  readonly read: number
}

/**
 * What was kept outside and met no leaf on the way: it was read before the tree, so what it holds
 * more than the tree is lost, whatever has come since.
 */
function compareRest(judging: Judging, { kept, tree, read }: Rest): void {
  compareAhead(judging, kept, tree)
  for (const [size, roots] of kept) {
    const isEmpty = size === 0 && roots.every((root) => isSame(root, sha256()))
    if (size === 0 && !isEmpty) judging.found({ kind: 'forked', size })
    if (size > read && size <= tree.size) judging.found({ kind: 'uncompared', size })
  }
}

/** One finding, for the largest of them: it lacks all that the others lack. */
function compareAhead({ found }: Judging, heads: Heads, { size: left }: Tree): void {
  const size = [...heads.keys()].reduce((one, other) => Math.max(one, other), 0)
  if (size > left) found({ kind: 'rolled-back', size, left })
}

/** What has been read of the log. */
interface Read {
  readonly growing: Growing
  /** Of the last event. */
  readonly seq: number
  readonly checkpoints: number
}

/** Reads one batch of leaves, with its events, its nodes and what was signed within it. */
async function readOn(
  judging: Judging,
  { read, end, kept }: { readonly read: Read; readonly end: number; readonly kept: Heads },
): Promise<Read> {
  const { db, found } = judging
  const { size } = read.growing
  const leaves = await listLeaves(db, size, end)
  const isWhole = leaves.length === end - size && isAscending(read.seq, leaves)
  if (!isWhole) found({ kind: 'damaged', position: size + leaves.length })
  const seq = leaves.at(-1)?.seq ?? read.seq
  await compare(judging, { leaves, after: read.seq, upTo: seq })
  const own = await headsWithin(judging, { after: size, upTo: end })
  let { growing, checkpoints } = read
  for (const leaf of leaves) {
    const next = grown(sha256, growing, leaf.hash)
    growing = next.tree
    for (const root of [...(kept.get(growing.size) ?? []), ...(own.get(growing.size) ?? [])]) {
      checkpoints += 1
      if (!isSame(root, rootOf(sha256, growing))) found({ kind: 'forked', size: growing.size })
    }
    await compareNodes(judging, next.completed)
  }
  return { growing, seq, checkpoints }
}

async function headsWithin(
  judging: Judging,
  range: { readonly after: number; readonly upTo: number },
): Promise<Heads> {
  const notes = (await listCheckpoints(judging.db, range)).flatMap(({ size, note }) => {
    const parsed = checkpointIn(note)
    if (parsed?.head.size === size) return [parsed]
    judging.found({ kind: 'unsigned', size })
    return []
  })
  return heads(judging, notes)
}

const PAGE = 500

function isAscending(after: number, leaves: readonly Leaf[]): boolean {
  return leaves.every(({ seq }, at) => seq > (leaves[at - 1]?.seq ?? after))
}

interface Stretch {
  readonly leaves: readonly Leaf[]
  readonly after: number
  readonly upTo: number
}

/** Every event against its leaf. */
async function compare({ db, found }: Judging, { leaves, after, upTo }: Stretch): Promise<void> {
  const events = new Map<number, LoggedEvent>()
  for (let from = after; ; ) {
    const page = await listLogged(db, { after: from, upTo, limit: PAGE })
    for (const event of page) events.set(event.seq, event)
    from = page.at(-1)?.seq ?? from
    if (page.length < PAGE) break
  }
  for (const { seq, hash } of leaves) {
    const event = events.get(seq)
    if (!event) found({ kind: 'deleted', seq })
    else if (!isSame(leafOf(event).hash, hash)) found({ kind: 'changed', seq })
    events.delete(seq)
  }
  for (const seq of events.keys()) found({ kind: 'inserted', seq })
}

/** Events with numbers that the database has not drawn: the ones that come now are lower. */
async function compareNumbers({ db, found }: Judging, { seq }: Tree): Promise<void> {
  const before = await db.lastDrawn()
  if (before === null) return
  const range = { after: Math.max(before, seq), upTo: Number.MAX_SAFE_INTEGER }
  const ahead = await listLogged(db, { ...range, limit: FINDINGS_MAX })
  const drawn = (await db.lastDrawn()) ?? 0
  for (const one of [seq, ...ahead.map((event) => event.seq)])
    if (one > drawn) found({ kind: 'inserted', seq: one })
}

/** Every node that is kept against the leaves. */
async function compareNodes(
  { db, found }: Judging,
  completed: readonly Completed[],
): Promise<void> {
  for (const { level, index, hash } of completed.filter(({ level }) => level % 8 === 0)) {
    const [node] = await listNodes(db, level, { start: index, end: index + 1 })
    if (!node || !isSame(node, hash)) found({ kind: 'node', level, position: index })
  }
}

async function waitingIn({ db }: LogWorld, { seq }: Tree): Promise<number> {
  let waiting = 0
  const upTo = await findLastSeq(db)
  for (let after = seq; after < upTo; ) {
    const page = await listLogged(db, { after, upTo, limit: PAGE })
    waiting += page.length
    after = page.at(-1)?.seq ?? upTo
  }
  return waiting
}
