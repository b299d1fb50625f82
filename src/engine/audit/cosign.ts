import { createHash } from 'node:crypto'
import type { Place } from '#channels/checkpoints/place.ts'
import { NotKept } from '#channels/checkpoints/place.ts'
import type { PostedText } from '#channels/checkpoints/http.ts'
import { consistencyPath } from '#core/audit/merkle.ts'
import { findLatestSigned, logSigner } from '#engine/audit/checkpoints.ts'
import { lineOf, parseNote, signatureIn, signersOf, type VerifierKey } from '#engine/audit/note.ts'
import { rangeHashes } from '#engine/audit/tree.ts'
import { checkpointIn, sizeIn } from '#engine/audit/tree-head.ts'
import { submissionText } from '#engine/audit/witness.ts'
import type { World } from '#engine/world.ts'
import { createCosignature, findLastCosigned } from '#store/audit/checkpoints.ts'

export interface WitnessAddress {
  readonly key: VerifierKey
  /** Posts a text to its `add-checkpoint`. */
  readonly post: (body: string) => Promise<PostedText>
  /** Reads what it shows under this path. */
  readonly get?: (path: string) => Promise<Pick<PostedText, 'status' | 'text'>>
}

/**
 * A witness as a place that keeps checkpoints: it gets each with the proof that it holds the one
 * before, and signs it. What it has signed is kept with the checkpoint.
 *
 * @see C2SP, "tlog-witness", https://c2sp.org/tlog-witness
 */
export const cosignedBy = (
  world: Pick<World, 'db' | 'settings' | 'serverKeys'>,
  { key, post, get }: WitnessAddress,
): Place => ({
  name: `witness ${key.name}`,
  ...(get && {
    async latest() {
      const origin = logSigner(world).verifier.name
      const hash = createHash('sha256').update(origin).digest('hex')
      const { status, text } = await get(`${hash}/checkpoint`)
      // It knows nothing of this log.
      if (status === 404) return ''
      if (status !== 200) throw new NotKept(`status ${status}`)
      return text
    },
  }),
  async keep({ note }) {
    const { db } = world
    const size = checkpointIn(note)?.head.size
    if (size === undefined) throw new NotKept('it is no checkpoint')
    const submitted = async (old: number) => {
      const path = old === 0 || old === size ? [] : consistencyPath(old, size)
      return await post(submissionText(old, await rangeHashes(db, path), note))
    }
    let answer = await submitted(await findLastCosigned(db, { witness: key.name, upTo: size }))
    const seen = answer.status === 409 ? sizeIn(answer.text.trimEnd()) : null
    // Another node was there before, or the witness knows the log from an older database.
    if (seen !== null && seen <= size) answer = await submitted(seen)
    else if (seen !== null) {
      if (seen <= ((await findLatestSigned(world))?.size ?? 0)) return
      throw new NotKept(`AuditLogRolledBack: it has seen ${seen} events`)
    }
    if (answer.status === 422) throw new NotKept('AuditLogForked: it has seen another log')
    if (answer.status !== 200) throw new NotKept(`status ${answer.status}`)
    const line = cosignatureIn(note, answer.text, key)
    if (line === null) throw new NotKept('what it answers is not signed with its key')
    await createCosignature(db, { size, witness: key.name, line })
  },
})

/** The line of an answer that this witness has signed, with the key that was agreed on. */
function cosignatureIn(note: string, answer: string, key: VerifierKey): string | null {
  const text = parseNote(note)?.text ?? ''
  for (const line of answer.split('\n')) {
    const signature = signatureIn(line)
    if (signature && signersOf({ text, signatures: [signature] }, [key]).right.length > 0)
      return lineOf(signature)
  }
  return null
}
