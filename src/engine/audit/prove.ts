import { leafText } from '#core/audit/leaf.ts'
import { inclusionPath, isIncluded, isSame, leafHash } from '#core/audit/merkle.ts'
import {
  findLatestSigned,
  logSigner,
  logVerifiers,
  withCosignatures,
} from '#engine/audit/checkpoints.ts'
import { bytesIn, renamed, type VerifierKey, verifierText } from '#engine/audit/note.ts'
import { leafOf } from '#engine/audit/sequence.ts'
import { checkpointIn, isOfLog, sha256, type TreeHead } from '#engine/audit/tree-head.ts'
import { rangeHashes } from '#engine/audit/tree.ts'
import type { World } from '#engine/world.ts'
import { findPosition, findTree, listLeaves, listLogged } from '#store/audit/tree.ts'

/** Everything that shows an event to be in the log, to a reader who has only this. */
export interface Proof {
  readonly seq: number
  /** The text whose hash is the leaf. */
  readonly leaf: string
  readonly position: number
  /** Hashes from the leaf up to the root, in base64. */
  readonly path: readonly string[]
  /** The signed note over the root, with what witnesses have signed. */
  readonly note: string
  /** The public key of the log, by the name that it had when the note was signed. */
  readonly key: string
}

export type Proven =
  | { readonly ok: true; readonly proof: Proof }
  /**
   * There is no such event; it is not signed yet; or it is not the one that was given its place.
   */
  | { readonly ok: false; readonly why: 'unknown' | 'unsigned' | 'changed' }

export async function proveEvent(world: World, seq: number): Promise<Proven> {
  const { db } = world
  const [event] = await listLogged(db, { after: seq - 1, upTo: seq, limit: 1 })
  const position = await findPosition(db, seq, await findTree(db))
  const latest = await findLatestSigned(world)
  if (position === null) return { ok: false, why: event ? 'unsigned' : 'unknown' }
  if (latest === null || latest.size <= position) return { ok: false, why: 'unsigned' }
  const [leaf] = await listLeaves(db, position, position + 1)
  if (!event || !leaf || !isSame(leaf.hash, leafOf(event).hash))
    return { ok: false, why: 'changed' }
  const { note: text } = latest
  const signed = checkpointIn(text)
  const key =
    logVerifiers(world).find((one) => signed && isOfLog(signed, [one])) ?? logSigner(world).verifier
  const ranges = inclusionPath(position, { start: 0, end: latest.size })
  const path = await rangeHashes(db, ranges)
  const proof = {
    seq,
    leaf: leafText(event),
    position,
    path: path.map((hash) => Buffer.from(hash).toString('base64')),
    note: await withCosignatures(world, latest),
    key: verifierText(renamed(key, latest.head.origin) ?? key),
  }
  return { ok: true, proof }
}

/**
 * What a proof leads to, for a reader who has the key of the log from elsewhere. @returns `null`
 * where the event does not lead to what this log has signed.
 */
export function headProven(
  { leaf, position, path, note }: Omit<Proof, 'seq' | 'key'>,
  key: VerifierKey,
): TreeHead | null {
  const checkpoint = checkpointIn(note)
  const hashes = path.flatMap((encoded) => bytesIn(encoded) ?? [])
  if (checkpoint === null || !isOfLog(checkpoint, [key]) || hashes.length < path.length) return null
  const { size, root } = checkpoint.head
  const hash = leafHash(sha256, Buffer.from(leaf))
  const inclusion = { position, size, leaf: hash, path: hashes, root }
  return isIncluded(sha256, inclusion) ? checkpoint.head : null
}
