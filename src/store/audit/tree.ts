import { type Completed, type Hash, HASH_LENGTH_BYTES } from '#core/audit/merkle.ts'
import type { LoggedEvent } from '#core/audit/leaf.ts'
import { type Instant, instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { one } from '#store/queries/writes.ts'

/** How far the tree has grown. */
export interface Tree {
  /** Leaves. */
  readonly size: number
  /** Of the event of the last one: every event up to it is a leaf. */
  readonly seq: number
}

/** The place of an event in the tree. */
export interface Leaf {
  readonly seq: number
  readonly hash: Hash
}

/**
 * Leaves that are written at once: those of one node of the lowest level that is kept, never of
 * two.
 */
export const BATCH_MAX = 256

export async function findTree(db: Db): Promise<Tree> {
  return await db.read
    .selectFrom('audit_tree')
    .select(['size', 'seq'])
    .where('id', '=', 1)
    .executeTakeFirstOrThrow()
}

/** The highest `seq` that can be read, up to a bound; 0 where there is none. */
export async function findLastSeq(db: Db, upTo = Number.MAX_SAFE_INTEGER): Promise<number> {
  const row = await db.read
    .selectFrom('audit_event')
    .select('seq')
    .where('seq', '>', 0)
    .where('seq', '<=', upTo)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? 0
}

/** When the event behind this number was written; `null` where there is none. */
export async function findTimeAfter(db: Db, seq: number): Promise<Instant | null> {
  const row = await db.read
    .selectFrom('audit_event')
    .select('at_ms')
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row ? instant(row.at_ms) : null
}

const LOGGED = ['seq', 'at_ms', 'kind', 'subscriber_id', 'login_id', 'body'] as const

/** Events behind one and up to another, in the order of their `seq`. */
export async function listLogged(
  db: Db,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly LoggedEvent[]> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(LOGGED)
    .where('seq', '>', after)
    .where('seq', '<=', upTo)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ at_ms, subscriber_id, login_id, ...row }) => ({
    ...row,
    at: at_ms,
    subscriberId: subscriber_id,
    loginId: login_id,
  }))
}

/**
 * Puts leaves behind the last one, with the nodes that they complete. @returns `false`, and writes
 * nothing, when the tree has grown meanwhile.
 */
export async function appendLeaves(
  db: Db,
  tree: Tree,
  { leaves, nodes }: { readonly leaves: readonly Leaf[]; readonly nodes: readonly Completed[] },
): Promise<boolean> {
  const grown = { size: tree.size + leaves.length, seq: leaves.at(-1)?.seq ?? tree.seq }
  const batch = { position: tree.size, leaves: packed(leaves) }
  return await db.commit([
    one(
      db.write
        .updateTable('audit_tree')
        .set(grown)
        .where('id', '=', 1)
        .where('size', '=', tree.size)
        .where('seq', '=', tree.seq),
    ),
    one(
      db.write
        .insertInto('audit_batch')
        .values(batch)
        .onConflict((oc) => oc.doNothing()),
    ),
    ...nodes.map(({ level, index, hash }) =>
      one(
        db.write
          .insertInto('audit_node')
          .values({ level, position: index, hash })
          .onConflict((oc) => oc.doNothing()),
      ),
    ),
  ])
}

/** Hashes that the tree holds: leaves (level 0) from a position on, or a node over many. */
export interface Placed {
  readonly level: number
  readonly position: number
}

/** What stands behind the end of a tree of this size, at most `PLACED_MAX` of it. */
export async function listBehind(db: Db, size: number): Promise<readonly Placed[]> {
  const batches = await db.read
    .selectFrom('audit_batch')
    .select('position')
    .where('position', '>=', size)
    .orderBy('position')
    .limit(PLACED_MAX)
    .execute()
  const nodes = await Promise.all(
    LEVELS.map((level) =>
      db.read
        .selectFrom('audit_node')
        .select(['level', 'position'])
        .where('level', '=', level)
        .where('position', '>=', Math.floor(size / 2 ** level))
        .orderBy('position')
        .limit(PLACED_MAX)
        .execute(),
    ),
  )
  return [...batches.map(({ position }) => ({ level: 0, position })), ...nodes.flat()]
}

const PLACED_MAX = 100
/** Of nodes that are kept; a tree of 2^53 leaves has no higher one. */
const LEVELS = [8, 16, 24, 32, 40, 48]

/** The leaves from one position up to, and without, another; both of one batch of 256. */
export async function listLeaves(db: Db, start: number, end: number): Promise<readonly Leaf[]> {
  const from = start - (start % BATCH_MAX)
  const rows = await db.read
    .selectFrom('audit_batch')
    .select(['position', 'leaves'])
    .where('position', '>=', from)
    .where('position', '<', end)
    .orderBy('position')
    .execute()
  return rows
    .flatMap(({ position, leaves }) =>
      unpacked(leaves).map((leaf, at) => ({ leaf, at: position + at })),
    )
    .filter(({ at }) => at >= start && at < end)
    .map(({ leaf }) => leaf)
}

/** The nodes of a level from one position up to, and without, another. */
export async function listNodes(
  db: Db,
  level: number,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<readonly Hash[]> {
  const rows = await db.read
    .selectFrom('audit_node')
    .select('hash')
    .where('level', '=', level)
    .where('position', '>=', start)
    .where('position', '<', end)
    .orderBy('position')
    .execute()
  return rows.map(({ hash }) => hash)
}

/** The position of an event in the tree, or `null` where it has none. */
export async function findPosition(db: Db, seq: number, tree: Tree): Promise<number | null> {
  const leaf = await findLeafUpTo(db, seq, tree)
  return leaf?.seq === seq ? leaf.position : null
}

/** The last leaf of an event with this number or a lower one. */
export async function findLeafUpTo(
  db: Db,
  seq: number,
  { size }: Pick<Tree, 'size'>,
): Promise<(Leaf & { readonly position: number }) | null> {
  // Leaves stand in the order of `seq`.
  let [low, high] = [0, size]
  let found: (Leaf & { readonly position: number }) | null = null
  while (low < high) {
    const position = Math.floor((low + high) / 2)
    const [leaf] = await listLeaves(db, position, position + 1)
    if (!leaf) return null
    if (leaf.seq > seq) high = position
    else [found, low] = [{ ...leaf, position }, position + 1]
  }
  return found
}

const SEQ_LENGTH_BYTES = 8
const LEAF_LENGTH_BYTES = SEQ_LENGTH_BYTES + HASH_LENGTH_BYTES

function packed(leaves: readonly Leaf[]): Uint8Array {
  const bytes = Buffer.alloc(leaves.length * LEAF_LENGTH_BYTES)
  for (const [index, { seq, hash }] of leaves.entries()) {
    const at = index * LEAF_LENGTH_BYTES
    bytes.writeBigUInt64BE(BigInt(seq), at)
    bytes.set(hash, at + SEQ_LENGTH_BYTES)
  }
  return bytes
}

function unpacked(leaves: Uint8Array): readonly Leaf[] {
  const bytes = Buffer.from(leaves.buffer, leaves.byteOffset, leaves.byteLength)
  return Array.from({ length: bytes.length / LEAF_LENGTH_BYTES }, (_, index) => {
    const at = index * LEAF_LENGTH_BYTES
    return {
      seq: Number(bytes.readBigUInt64BE(at)),
      hash: bytes.subarray(at + SEQ_LENGTH_BYTES, at + LEAF_LENGTH_BYTES),
    }
  })
}
