import { createHash } from 'node:crypto'
import type { Storage } from '../storage.ts'
import { Broken } from '../trace.ts'
import type { Event } from './commit.ts'

/**
 * I9: what was written stays as it was written, and the signed tree over it is that of RFC 9162
 * over what one who watched has seen.
 */
export interface Log {
  written(events: readonly Event[]): void
  /** Looks at a part of it. */
  look(): void
  /** Looks at all of it, and at all that was signed. */
  lookAtAll(): void
}

interface Row {
  readonly seq: number
  readonly at_ms: number
  readonly kind: string
  readonly subscriber_id: string | null
  readonly login_id: string | null
  readonly body: string
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

/** @see RFC 9162, section 2.1.1, "Merkle Tree Hash" */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return only
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(NODE, treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

/** All of a row, in an order of its own. */
const leafOf = (row: Row): Buffer => {
  const { seq, at_ms: at, kind, login_id: loginId, subscriber_id: subscriberId } = row
  const members = JSON.stringify({ at, event: 0, kind, loginId, seq, subscriberId })
  return sha256(LEAF, Buffer.from(members.replace('"event":0', `"event":${row.body}`)))
}

const ALL = 'select seq, at_ms, kind, subscriber_id, login_id, body from audit_event'

export function logKept(storage: Storage): Log {
  const leaves = new Map<number, Buffer>()
  const seqs: number[] = []
  let next = 0
  const add = (row: Row) => {
    leaves.set(row.seq, leafOf(row))
    seqs.push(row.seq)
  }
  for (const row of storage.rows(`${ALL} order by seq`) as readonly Row[]) add(row)

  function same(row: Row | undefined, seq: number): void {
    if (!row || !leaves.get(seq)?.equals(leafOf(row)))
      throw new Broken('I9', `event ${seq} is not what was written`)
  }
  return {
    written(events) {
      for (const { seq, at, kind, subscriberId, loginId, body } of events)
        add({ seq, at_ms: at, kind, subscriber_id: subscriberId, login_id: loginId, body })
    },
    look() {
      next = (next + 7) % seqs.length
      const seq = seqs[next] ?? 0
      same((storage.rows(`${ALL} where seq = ?`, seq) as readonly Row[])[0], seq)
    },
    lookAtAll() {
      const rows = storage.rows(`${ALL} order by seq`) as readonly Row[]
      if (rows.length !== seqs.length) throw new Broken('I9', `${rows.length} of ${seqs.length}`)
      for (const [at, row] of rows.entries()) same(row, seqs[at] ?? 0)
      const signed = storage.rows('select note from audit_checkpoint') as readonly {
        readonly note: string
      }[]
      for (const { note } of signed) {
        const [, size = '', root = ''] = note.split('\n')
        const first = seqs.slice(0, Number(size)).map((seq) => leaves.get(seq) as Buffer)
        if (treeHash(first).toString('base64') !== root)
          throw new Broken('I9', `the tree of ${size} events is not what was signed`)
      }
    },
  }
}
