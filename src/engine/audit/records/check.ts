import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EMPTY, grown, isSame, leafHash, rootOf } from '#core/audit/merkle.ts'
import type { VerifierKey } from '#engine/audit/note.ts'
import { isOfEvents, NAMES } from '#engine/audit/records/folder.ts'
import { checkpointIn, isOfLog, sha256, type TreeHead } from '#engine/audit/tree-head.ts'

export type CheckedRecords =
  | { readonly ok: true; readonly head: TreeHead }
  /** The file that is not what it was; for `unsigned` and `other` the checkpoint. */
  | { readonly ok: false; readonly why: Fault; readonly file: string }

/**
 * A file is missing, is not of the records, or has another digest; the checkpoint is not signed by
 * this log; or the events are not the ones that were signed.
 */
export type Fault = 'missing' | 'added' | 'changed' | 'unsigned' | 'other'

/** Judges a folder of records, for a reader who has the key of the log from elsewhere. */
export async function checkRecords(folder: string, key: VerifierKey): Promise<CheckedRecords> {
  const names = (await readdir(folder)).toSorted()
  const digests = await digestsIn(folder)
  for (const name of [...digests.keys(), NAMES.digests, NAMES.checkpoint])
    if (!names.includes(name)) return { ok: false, why: 'missing', file: name }
  for (const file of names) {
    if (file === NAMES.digests) continue
    const digest = digests.get(file)
    if (digest === undefined) return { ok: false, why: 'added', file }
    if (digest !== (await digestOf(join(folder, file)))) return { ok: false, why: 'changed', file }
  }
  const note = checkpointIn(await readFile(join(folder, NAMES.checkpoint), 'utf8'))
  if (note === null || !isOfLog(note, [key]))
    return { ok: false, why: 'unsigned', file: NAMES.checkpoint }
  let tree = EMPTY
  for (const name of names.filter(isOfEvents)) {
    for await (const line of linesOf(join(folder, name)))
      ({ tree } = grown(sha256, tree, leafHash(sha256, line)))
  }
  const { head } = note
  if (tree.size !== head.size || !isSame(rootOf(sha256, tree), head.root))
    return { ok: false, why: 'other', file: NAMES.checkpoint }
  return { ok: true, head }
}

/** By name. A line that names no file of the folder names one that is missing. */
async function digestsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(folder, NAMES.digests), 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]))
}

/** Byte by byte: of a line nothing is taken for another end than its own. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path)) {
    const text = Buffer.concat([rest, chunk as Buffer])
    let from = 0
    for (let end = text.indexOf(LF); end !== -1; end = text.indexOf(LF, from)) {
      yield text.subarray(from, end)
      from = end + 1
    }
    rest = text.subarray(from)
  }
  if (rest.length > 0) yield rest
}

const LF = 0x0a

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
