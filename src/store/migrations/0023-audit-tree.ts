import type { Words } from '#store/migrations/words.ts'

/**
 * The Merkle tree over the audit events, and what was signed of it. Events are given their place in
 * the tree by a job, after their commits: no login writes a row more than before.
 */
export const auditTree = ({ id, integer, bytes, strict, keyed, onlyEverAdded }: Words) => [
  // How far the tree has grown: every event up to `seq` is a leaf of it, and none behind.
  `create table audit_tree (
    id ${integer} primary key check (id = 1),
    size ${integer} not null check (size >= 0),
    seq ${integer} not null check (seq >= 0)
  )${strict}`,
  'insert into audit_tree (id, size, seq) values (1, 0, 0)',

  // Leaves in a row, from this position on: of each the seq of its event, and its hash.
  `create table audit_batch (
    position ${integer} primary key check (position >= 0),
    leaves ${bytes} not null check (length(leaves) > 0 and length(leaves) % 40 = 0)
  )${strict}`,

  // The hashes of complete subtrees of 256 leaves, of 256 of these, and so on.
  `create table audit_node (
    level ${integer} not null check (level > 0 and level % 8 = 0),
    position ${integer} not null check (position >= 0),
    hash ${bytes} not null check (length(hash) = 32),
    primary key (level, position)
  )${keyed}`,

  `create table audit_checkpoint (
    size ${integer} primary key check (size > 0),
    seq ${integer} not null,
    at_ms ${integer} not null,
    note text not null
  )${strict}`,

  `create table audit_cosignature (
    size ${integer} not null references audit_checkpoint,
    witness ${id} not null,
    line text not null,
    primary key (witness, size)
  )${keyed}`,
  'create index audit_cosignature_size on audit_cosignature (size)',

  ...['audit_batch', 'audit_node', 'audit_checkpoint', 'audit_cosignature'].flatMap(onlyEverAdded),
]
