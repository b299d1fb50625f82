import { type Hash, HASH_LENGTH_BYTES, isConsistent, isSame } from '#core/audit/merkle.ts'
import {
  bytesIn,
  cosignatureOf,
  lineOf,
  noteOf,
  parseNote,
  type Signature,
  type Signer,
  signersOf,
  type VerifierKey,
} from '#engine/audit/note.ts'
import {
  checkpointIn,
  type HeadNote,
  sha256,
  sizeIn,
  type TreeHead,
} from '#engine/audit/tree-head.ts'
import type { Kept, Seen, Witnessed } from '#store/audit/witnessed.ts'

/** A checkpoint with the proof that it holds everything that an older one held. */
interface Submission {
  readonly old: number
  readonly path: readonly Hash[]
  readonly note: HeadNote
}

/** @see C2SP, "tlog-witness", "add-checkpoint", https://c2sp.org/tlog-witness */
const PROOF_LINES_MAX = 63

/** @returns `null` for what is not in this form. */
function submissionIn(body: string): Submission | null {
  const end = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(0, end)).split('\n')
  const [, digits = ''] = /^old ([0-9]+)$/.exec(first) ?? []
  const old = sizeIn(digits)
  const path = lines.map(bytesIn)
  const isWhole = path.every((hash) => hash !== null)
  const note = checkpointIn(body.slice(end + 2))
  if (end < 0 || old === null || note === null || !isWhole) return null
  if (path.length > PROOF_LINES_MAX) return null
  return path.every(({ length }) => length === HASH_LENGTH_BYTES) ? { old, path, note } : null
}

/** As it is sent. */
export function submissionText(old: number, path: readonly Hash[], note: string): string {
  const lines = path.map((hash) => Buffer.from(hash).toString('base64'))
  return `${[`old ${old}`, ...lines].join('\n')}\n\n${note}`
}

/** What a witness says, and what it has to keep before it does. */
export type Judged =
  | { readonly status: 400 | 403 | 404 | 422 }
  /** The size that it has seen last. */
  | { readonly status: 409; readonly size: number }
  | { readonly status: 200; readonly line: string; readonly seen: Seen }

interface Watching {
  readonly signer: Signer
  /** The logs that it watches. */
  readonly logs: readonly VerifierKey[]
}

/** What a witness does: it confirms what logs bring, and shows what it has confirmed. */
export interface Witness {
  add(body: string): Judged
  /** The last checkpoint of a log, by the SHA-256 of its origin in hexadecimal. */
  find(hash: string): string | null
}

/**
 * What is confirmed is judged against what was kept last, and kept, in one step.
 *
 * @throws when something is kept of a log that cannot be read.
 */
export const witnessOf = (
  watching: Watching,
  { witnessed, now }: { readonly witnessed: Witnessed; readonly now: () => Date },
): Witness => ({
  add(body) {
    const submission = submissionIn(body)
    if (submission === null) return { status: 400 }
    const refusal = refusalOf(watching, submission)
    if (refusal !== null) return { status: refusal }
    return witnessed.change(submission.note.head.origin, (kept) => {
      const seen = kept && headOf(kept)
      const answer = judged(watching, submission, { seen, now: now() })
      return { answer, seen: answer.status === 200 ? answer.seen : null }
    })
  },
  find: (hash) => witnessed.findByHash(hash),
})

type Head = Pick<TreeHead, 'size' | 'root'>

/** What a file of an older version holds is the note alone. */
function headOf({ head, note }: Kept): Head {
  const seen = head ?? checkpointIn(note)?.head
  if (seen) return seen
  throw new WitnessUnsure('what was seen of a log cannot be read')
}

/** It has seen something of this log, and cannot tell what: it signs nothing. */
class WitnessUnsure extends Error {
  override readonly name = 'WitnessUnsure'
}

/** Whether a submission comes from a log that is watched, and is signed by it. */
function refusalOf({ logs }: Watching, { old, note }: Submission): 400 | 403 | 404 | null {
  const keys = logs.filter(({ name }) => name === note.head.origin)
  if (keys.length === 0) return 404
  const { right, wrong } = signersOf(note, keys)
  if (right.length === 0 || wrong.length > 0) return 403
  return old > note.head.size ? 400 : null
}

/** Judges a submission that `refusalOf` has let through, against what was seen last. */
function judged(
  { signer, logs }: Watching,
  { old, path, note }: Submission,
  { seen, now }: { readonly seen: Head | null; readonly now: Date },
): Judged {
  const { size, root } = note.head
  if (old !== (seen?.size ?? 0)) return { status: 409, size: seen?.size ?? 0 }
  if (size === 0 && !isSame(root, sha256())) return { status: 422 }
  const holds =
    seen === null || old === 0
      ? path.length === 0 && (size > 0 || seen === null || isSame(root, seen.root))
      : isConsistent(sha256, { old: seen, size, root, path })
  if (!holds) return { status: 422 }
  const cosignature = cosignatureOf(signer, note.text, now)
  const shown = noteOf({ text: note.text, signatures: [...ownOf(note, logs), cosignature] })
  // What cannot be read again is not kept, and what is not kept is not signed.
  if (parseNote(shown) === null) return { status: 400 }
  return { status: 200, line: lineOf(cosignature), seen: { size, root, note: shown } }
}

/** The signatures of the log, one of each key, and none of others. */
function ownOf(note: HeadNote, logs: readonly VerifierKey[]): readonly Signature[] {
  const keys = logs.filter(({ name }) => name === note.head.origin)
  return signersOf(note, keys).right.flatMap(
    (key) => note.signatures.find(({ name, id }) => name === key.name && id === key.id) ?? [],
  )
}
