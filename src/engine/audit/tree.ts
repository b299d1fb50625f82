import {
  complete,
  type Completed,
  folded,
  type Hash,
  type Range,
  type Subtree,
  subtreesOf,
} from '#core/audit/merkle.ts'
import { sha256 } from '#engine/audit/tree-head.ts'
import { BATCH_MAX, type Leaf, listLeaves, listNodes, type Tree } from '#store/audit/tree.ts'
import type { Db } from '#store/database/open.ts'

/** Levels between two that are kept: a node has 256 of the kept ones below it. */
const STEP = 8

/** The nodes that leaves complete behind the last one of a tree. */
export async function nodesCompleted(
  db: Db,
  tree: Tree,
  leaves: readonly Leaf[],
): Promise<readonly Completed[]> {
  const end = tree.size + leaves.length
  const nodes: Completed[] = []
  let newest = leaves.map(({ hash }) => hash)
  for (let level = STEP; end % 2 ** level === 0; level += STEP) {
    const children = end / 2 ** (level - STEP)
    const older = { start: children - BATCH_MAX, end: children - newest.length }
    const hash = complete(sha256, [...(await kept(db, level - STEP, older)), ...newest])
    nodes.push({ level, index: end / 2 ** level - 1, hash })
    newest = [hash]
  }
  return nodes
}

/** The hash over a range of a tree. */
async function rangeHash(db: Db, range: Range): Promise<Hash> {
  const hashes: Hash[] = []
  for (const subtree of subtreesOf(range)) hashes.push(await subtreeHash(db, subtree))
  return folded(sha256, hashes)
}

export async function rangeHashes(db: Db, ranges: readonly Range[]): Promise<readonly Hash[]> {
  const hashes: Hash[] = []
  for (const range of ranges) hashes.push(await rangeHash(db, range))
  return hashes
}

/** The root over the first leaves of a tree. */
export const rootAt = (db: Db, size: number): Promise<Hash> =>
  rangeHash(db, { start: 0, end: size })

async function subtreeHash(db: Db, { level, index }: Subtree): Promise<Hash> {
  const width = 2 ** (level % STEP)
  const below = { start: index * width, end: (index + 1) * width }
  return complete(sha256, await kept(db, level - (level % STEP), below))
}

async function kept(db: Db, level: number, range: Range): Promise<readonly Hash[]> {
  const { start, end } = range
  const hashes =
    level === 0
      ? (await listLeaves(db, start, end)).map(({ hash }) => hash)
      : await listNodes(db, level, range)
  if (hashes.length !== end - start) throw new AuditTreeDamaged(`level ${level}, from ${start}`)
  return hashes
}

/** Hashes of the tree are missing: `countersign audit verify` says which events. */
class AuditTreeDamaged extends Error {
  override readonly name = 'AuditTreeDamaged'
}
