import { type Hash, HASH_LENGTH_BYTES, isConsistent, isSame } from '#core/audit/merkle.ts'
import {
  bytesIn,
  cosignatureOf,
  lineOf,
  noteOf,
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
import type { Witnessed } from '#store/audit/witnessed.ts'

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
  | { readonly status: 200; readonly line: string; readonly note: string }

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

/** What is confirmed is judged against what was kept last, and kept, in one step. */
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
      const seen = kept === null ? null : (checkpointIn(kept)?.head ?? null)
      const answer = judged(watching, submission, { seen, now: now() })
      return { answer, note: answer.status === 200 ? answer.note : null }
    })
  },
  find: (hash) => witnessed.findByHash(hash),
})

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
  { seen, now }: { readonly seen: TreeHead | null; readonly now: Date },
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
  const own = signersOf(note, logs).right
  const signatures = note.signatures.filter(({ name, id }) =>
    own.some((key) => key.name === name && key.id === id),
  )
  const kept = noteOf({ text: note.text, signatures: [...signatures, cosignature] })
  return { status: 200, line: lineOf(cosignature), note: kept }
}
