import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import {
  complete,
  consistencyPath,
  EMPTY,
  folded,
  type Growing,
  grown,
  type Hash,
  inclusionPath,
  isConsistent,
  isIncluded,
  leafHash,
  type Range,
  rootOf,
  type Sha256,
  subtreesOf,
} from './merkle.ts'
import vectors from './merkle.vectors.json' with { type: 'json' }

const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const hex = (hash: Hash): string => Buffer.from(hash).toString('hex')
const bytes = (encoded: string): Buffer => Buffer.from(encoded, 'base64')

const LEAVES = vectors.leaves.map((leaf) => leafHash(sha256, Buffer.from(leaf, 'hex')))
/** Enough that proofs have every shape, and levels of all kinds. */
const MANY = Array.from({ length: 40 }, (_, index) => leafHash(sha256, Buffer.of(index)))

/** By the definition alone, without anything of the code under test. */
function rootByDefinition(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0] ?? sha256()
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  const sides = [leaves.slice(0, half), leaves.slice(half)].map(rootByDefinition)
  return sha256(Buffer.of(1), ...sides)
}

const rangeHash = (leaves: readonly Hash[], range: Range): Hash =>
  folded(
    sha256,
    subtreesOf(range).map(({ level, index }) =>
      complete(sha256, leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    ),
  )

const grownOf = (leaves: readonly Hash[]): Growing =>
  leaves.reduce((tree, leaf) => grown(sha256, tree, leaf).tree, EMPTY)

suite('The tree over the audit events', () => {
  test('A22 refuses a proof of any length', () => {
    const [leaf = sha256(), root = sha256()] = LEAVES
    const path = Array.from({ length: 200_000 }, () => leaf)
    assert.ok(!isIncluded(sha256, { position: 0, size: 2, leaf, path, root }))
    assert.ok(!isConsistent(sha256, { old: { size: 1, root: leaf }, size: 2, root, path }))
  })

  test('A22 has the roots of the RFC 6962 reference tree, at every size', () => {
    assert.equal(vectors.roots.length, 9)
    for (const [size, root] of vectors.roots.entries()) {
      const leaves = LEAVES.slice(0, size)
      assert.equal(hex(rootByDefinition(leaves)), root)
      assert.equal(hex(rangeHash(LEAVES, { start: 0, end: size })), root)
      assert.equal(hex(rootOf(sha256, grownOf(leaves))), root)
    }
  })

  test('A22 judges every published inclusion proof as its authors do, the wrong ones too', () => {
    assert.equal(vectors.inclusion.length, 98)
    for (const { leafIdx, treeSize, root, leafHash, proof, desc, wantErr } of vectors.inclusion) {
      const included = isIncluded(sha256, {
        position: leafIdx,
        size: treeSize,
        leaf: bytes(leafHash),
        path: (proof as readonly string[]).map(bytes),
        root: bytes(root),
      })
      assert.equal(included, !wantErr, desc)
    }
  })

  test('A22 judges every published consistency proof as its authors do, the wrong ones too', () => {
    assert.equal(vectors.consistency.length, 98)
    for (const { size1, size2, root1, root2, proof, desc, wantErr } of vectors.consistency) {
      const consistent = isConsistent(sha256, {
        old: { size: size1, root: bytes(root1) },
        size: size2,
        root: bytes(root2),
        path: (proof as readonly string[]).map(bytes),
      })
      assert.equal(consistent, !wantErr, desc)
    }
  })

  test('proves every leaf of every tree, and no other leaf at its place', () => {
    for (let size = 1; size <= MANY.length; size += 1) {
      const root = rootByDefinition(MANY.slice(0, size))
      for (let position = 0; position < size; position += 1) {
        const ranges = inclusionPath(position, { start: 0, end: size })
        const path = ranges.map((range) => rangeHash(MANY, range))
        const proof = { position, size, path, root }
        const leaf = MANY[position] ?? sha256()
        assert.ok(isIncluded(sha256, { ...proof, leaf }), `${position} of ${size}`)
        const other = MANY[(position + 1) % MANY.length] ?? sha256()
        assert.ok(!isIncluded(sha256, { ...proof, leaf: other }))
        assert.ok(!isIncluded(sha256, { ...proof, leaf, position: size }))
      }
    }
  })

  test('proves every tree to begin with every smaller one, and with no other', () => {
    for (let size = 1; size <= MANY.length; size += 1) {
      const root = rootByDefinition(MANY.slice(0, size))
      for (let old = 1; old <= size; old += 1) {
        const path = consistencyPath(old, size).map((range) => rangeHash(MANY, range))
        assert.ok(path.length <= 63)
        const proof = { size, root, path }
        const first = rootByDefinition(MANY.slice(0, old))
        assert.ok(isConsistent(sha256, { ...proof, old: { size: old, root: first } }))
        const other = rootByDefinition(MANY.slice(1, old + 1))
        assert.ok(!isConsistent(sha256, { ...proof, old: { size: old, root: other } }))
      }
    }
  })

  test('names every subtree that a leaf completes', () => {
    let tree = EMPTY
    for (const [at, leaf] of MANY.entries()) {
      const next = grown(sha256, tree, leaf)
      tree = next.tree
      for (const { level, index, hash } of next.completed) {
        const end = (index + 1) * 2 ** level
        assert.equal(end, at + 1)
        assert.equal(hex(hash), hex(rootByDefinition(MANY.slice(end - 2 ** level, end))))
      }
    }
  })

  test('counts beyond 2^50 without the rounding of logarithms', () => {
    const size = 2 ** 50 + 1
    const ranges = inclusionPath(2 ** 50, { start: 0, end: size })
    assert.deepEqual(ranges, [{ start: 0, end: 2 ** 50 }])
    assert.deepEqual(subtreesOf({ start: 0, end: 2 ** 50 - 1 }).length, 50)
  })
})
