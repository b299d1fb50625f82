import { createHash } from 'node:crypto'
import { type Hash, HASH_LENGTH_BYTES, type Sha256 } from '#core/audit/merkle.ts'
import {
  bytesIn,
  type Note,
  parseNote,
  renamed,
  signersOf,
  type VerifierKey,
} from '#engine/audit/note.ts'

export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** What a checkpoint says: so many events, and this root over all of them. */
export interface TreeHead {
  /** Whose tree it is. */
  readonly origin: string
  readonly size: number
  readonly root: Hash
}

/**
 * The name of a log: no scheme, so that it is no address that is called. One that was set back goes
 * on under another name each time, because under one name a log only grows (A25).
 */
export const originOf = (issuer: string, rewinds = 0): string =>
  `${new URL(issuer).host}/audit${rewinds === 0 ? '' : `/${rewinds + 1}`}`

/** How often the log of this name was set back; `null` for the name of another log. */
export function rewindsIn(issuer: string, origin: string): number | null {
  if (origin === originOf(issuer)) return 0
  const rewinds = Number(origin.slice(originOf(issuer).length + 1)) - 1
  return rewinds > 0 && origin === originOf(issuer, rewinds) ? rewinds : null
}

/** The text that is signed. @see C2SP, "tlog-checkpoint", https://c2sp.org/tlog-checkpoint */
export const textOf = ({ origin, size, root }: TreeHead): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`

/** @returns `null` for a text that is no checkpoint. */
export function treeHeadIn(text: string): TreeHead | null {
  const lines = text.split('\n')
  const [origin = '', digits = '', encoded = '', ...more] = lines
  if (more.at(-1) !== '' || [origin, ...more.slice(0, -1)].includes('')) return null
  const size = sizeIn(digits)
  const root = bytesIn(encoded)
  if (size === null || root?.length !== HASH_LENGTH_BYTES) return null
  return { origin, size, root }
}

/** A count in its one decimal form; `null` also for one that no log of ours or theirs reaches. */
export function sizeIn(digits: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits)) return null
  const size = Number(digits)
  return Number.isSafeInteger(size) ? size : null
}

/** A note that is a checkpoint. */
export interface HeadNote extends Note {
  readonly head: TreeHead
}

/**
 * Whether the log of this key has signed a checkpoint. The key is what makes it this log: its name
 * comes from `issuer`, and what was signed before that was changed has the name of then.
 */
export function isOfLog(note: HeadNote, keys: readonly VerifierKey[]): boolean {
  const named = keys.flatMap((key) => renamed(key, note.head.origin) ?? [])
  const { right, wrong } = signersOf(note, named)
  return right.length > 0 && wrong.length === 0
}

export function checkpointIn(text: string): HeadNote | null {
  const note = parseNote(text)
  const head = note && treeHeadIn(note.text)
  return head ? { ...note, head } : null
}
