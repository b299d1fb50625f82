/**
 * The Merkle tree over the audit events: what is hashed, in which order, and how a proof is judged.
 * Positions and sizes are counted from the first event ever, and fit a number.
 *
 * @see RFC 9162, "Certificate Transparency Version 2.0", section 2.1; RFC 6962 has the same tree
 */

export type Hash = Uint8Array

/** SHA-256 of these bytes, one after the other. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Hash

export const HASH_LENGTH_BYTES = 32

const OF_LEAF = Uint8Array.of(0)
const OF_NODE = Uint8Array.of(1)

export const leafHash = (sha256: Sha256, leaf: Uint8Array): Hash => sha256(OF_LEAF, leaf)

const nodeHash = (sha256: Sha256, left: Hash, right: Hash): Hash => sha256(OF_NODE, left, right)

/** Positions from `start` up to, and without, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A complete subtree: the `index`-th of those with 2^`level` leaves. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The complete subtrees that a range is made of, the largest first; it begins where one may. */
export function subtreesOf({ start, end }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = start; at < end; ) {
    const level = levelOf(end - at)
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The largest subtree that so many leaves can complete; without the rounding of logarithms. */
function levelOf(leaves: number): number {
  let level = 0
  while (2 ** (level + 1) <= leaves) level += 1
  return level
}

/** The hash of a complete subtree, from those of all its subtrees of one lower level. */
export function complete(sha256: Sha256, hashes: readonly Hash[]): Hash {
  let row = hashes
  while (row.length > 1) {
    row = row.flatMap((left, at) => {
      const right = row[at + 1]
      return at % 2 === 0 && right ? [nodeHash(sha256, left, right)] : []
    })
  }
  return folded(sha256, row)
}

/** The hash of a range, from those of `subtreesOf`. */
export function folded(sha256: Sha256, hashes: readonly Hash[]): Hash {
  const last = hashes.at(-1)
  if (last === undefined) return sha256()
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(sha256, left, right), last)
}

/** The largest power of two that is smaller than `size`. */
const split = (size: number): number => 2 ** levelOf(size - 1)

/**
 * What proves that the leaf at this position is in the tree: ranges whose hashes lead from it up to
 * the root.
 *
 * @see RFC 9162, section 2.1.3.1
 */
export function inclusionPath(position: number, range: Range): readonly Range[] {
  const { start, end } = range
  if (end - start <= 1) return []
  const middle = start + split(end - start)
  return position < middle
    ? [...inclusionPath(position, { start, end: middle }), { start: middle, end }]
    : [...inclusionPath(position, { start: middle, end }), { start, end: middle }]
}

/**
 * What proves that the tree of this size began with the smaller one, which is not empty.
 *
 * @see RFC 9162, section 2.1.4.1
 */
export const consistencyPath = (old: number, size: number): readonly Range[] =>
  subproof(old, { start: 0, end: size }, true)

function subproof(old: number, range: Range, isKnown: boolean): readonly Range[] {
  const { start, end } = range
  if (old === end - start) return isKnown ? [] : [range]
  const half = split(end - start)
  const middle = start + half
  return old <= half
    ? [...subproof(old, { start, end: middle }, isKnown), { start: middle, end }]
    : [...subproof(old - half, { start: middle, end }, false), { start, end: middle }]
}

/** That a leaf stands at a position of a tree. */
export interface Inclusion {
  readonly position: number
  readonly size: number
  readonly leaf: Hash
  readonly path: readonly Hash[]
  readonly root: Hash
}

/** @see RFC 9162, section 2.1.3.2 */
export function isIncluded(sha256: Sha256, inclusion: Inclusion): boolean {
  const { position, size, leaf, path, root } = inclusion
  if (position >= size || !areHashes([leaf, ...path])) return false
  let first = position
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (isOdd(first) || first === last) {
      hash = nodeHash(sha256, sibling, hash)
      while (!isOdd(first) && first !== 0) [first, last] = [halved(first), halved(last)]
    } else {
      hash = nodeHash(sha256, hash, sibling)
    }
    ;[first, last] = [halved(first), halved(last)]
  }
  return last === 0 && isSame(hash, root)
}

/** That a tree began with a smaller one. */
export interface Consistency {
  readonly old: { readonly size: number; readonly root: Hash }
  readonly size: number
  readonly root: Hash
  readonly path: readonly Hash[]
}

/** Of the empty tree nothing is proven. @see RFC 9162, section 2.1.4.2 */
export function isConsistent(sha256: Sha256, consistency: Consistency): boolean {
  const { old, size, root, path } = consistency
  if (old.size === 0 || old.size > size) return false
  if (old.size === size) return path.length === 0 && isSame(old.root, root)
  if (!areHashes([old.root, ...path])) return false
  let first = old.size - 1
  let last = size - 1
  while (isOdd(first)) [first, last] = [halved(first), halved(last)]
  const [seed, ...rest] = first === 0 ? [old.root, ...path] : path
  if (seed === undefined) return false
  let [hash, oldHash] = [seed, seed]
  for (const sibling of rest) {
    if (last === 0) return false
    if (isOdd(first) || first === last) {
      oldHash = nodeHash(sha256, sibling, oldHash)
      hash = nodeHash(sha256, sibling, hash)
      while (!isOdd(first) && first !== 0) [first, last] = [halved(first), halved(last)]
    } else {
      hash = nodeHash(sha256, hash, sibling)
    }
    ;[first, last] = [halved(first), halved(last)]
  }
  return last === 0 && isSame(oldHash, old.root) && isSame(hash, root)
}

const areHashes = (hashes: readonly Hash[]): boolean =>
  hashes.every(({ length }) => length === HASH_LENGTH_BYTES)

const isOdd = (value: number): boolean => value % 2 === 1
const halved = (value: number): number => Math.floor(value / 2)

export const isSame = (one: Hash, other: Hash): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/** The root of a tree that grows, in as many hashes as its size has binary digits. */
export interface Growing {
  /** By level: the hash of a complete subtree that no larger one holds yet. */
  readonly peaks: readonly (Hash | null)[]
  readonly size: number
}

export const EMPTY: Growing = { peaks: [], size: 0 }

/** A subtree that a leaf has completed. */
export interface Completed extends Subtree {
  readonly hash: Hash
}

/** @returns the tree with one leaf more, and the subtrees that this leaf has completed. */
export function grown(
  sha256: Sha256,
  { peaks, size }: Growing,
  leaf: Hash,
): { readonly tree: Growing; readonly completed: readonly Completed[] } {
  const next = [...peaks]
  const completed: Completed[] = []
  let hash = leaf
  let level = 0
  for (let left = next[level]; left; left = next[level]) {
    next[level] = null
    hash = nodeHash(sha256, left, hash)
    level += 1
    completed.push({ level, index: Math.floor(size / 2 ** level), hash })
  }
  next[level] = hash
  return { tree: { peaks: next, size: size + 1 }, completed }
}

/** The root of a tree that grows. */
export const rootOf = (sha256: Sha256, { peaks }: Growing): Hash =>
  folded(sha256, peaks.filter((hash) => hash !== null).toReversed())
