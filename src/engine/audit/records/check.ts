import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEvent } from '#core/audit/audit.ts'
import { EMPTY, grown, isSame, leafHash, rootOf } from '#core/audit/merkle.ts'
import { instant } from '#core/time/time.ts'
import type { VerifierKey } from '#engine/audit/note.ts'
import {
  isOfEvents,
  type Manifest,
  NAMES,
  type Table,
  tableOf,
} from '#engine/audit/records/folder.ts'
import { checkpointIn, isOfLog, sha256, type TreeHead } from '#engine/audit/tree-head.ts'

export type CheckedRecords =
  | { readonly ok: true; readonly head: TreeHead }
  /** The file that is not what it was; for `unsigned` and `other` the checkpoint. */
  | { readonly ok: false; readonly why: Fault; readonly file: string }

/**
 * A file is missing, is not of the records, has another digest or says something else than the
 * events; the checkpoint is not signed by this log; or the events are not the ones that were
 * signed.
 */
export type Fault = 'missing' | 'added' | 'changed' | 'unsigned' | 'other'

/** What is in the folder for itself; files of events have other names, and so have their tables. */
const OWN: readonly string[] = Object.values(NAMES)

/**
 * Judges a folder of records, for a reader who has the key of the log from elsewhere. Digests alone
 * prove nothing to this reader: who changes a file can change them, too. So the events are held
 * against what was signed, and the tables and the manifest against the events.
 */
export async function checkRecords(
  folder: string,
  key: VerifierKey,
  table: Table,
): Promise<CheckedRecords> {
  const names = (await readdir(folder)).toSorted()
  const parts = names.filter(isOfEvents)
  const known = new Set([...OWN, ...parts, ...parts.map(tableOf)])
  const digests = await digestsIn(folder)
  for (const name of [...digests.keys(), ...known])
    if (!names.includes(name)) return { ok: false, why: 'missing', file: name }
  for (const file of names) {
    if (file === NAMES.digests) continue
    const digest = digests.get(file)
    if (digest === undefined || !known.has(file)) return { ok: false, why: 'added', file }
    if (digest !== (await digestOf(join(folder, file)))) return { ok: false, why: 'changed', file }
  }
  const note = checkpointIn(await readFile(join(folder, NAMES.checkpoint), 'utf8'))
  if (note === null || !isOfLog(note, [key]))
    return { ok: false, why: 'unsigned', file: NAMES.checkpoint }
  const { head } = note
  const read = await eventsIn(folder, { parts, table })
  if (read.size !== head.size || !isSame(read.root, head.root))
    return { ok: false, why: 'other', file: NAMES.checkpoint }
  for (const [name, digest] of read.tables)
    if (digests.get(name) !== digest) return { ok: false, why: 'changed', file: name }
  return (await isSaidBy(folder, head))
    ? { ok: true, head }
    : { ok: false, why: 'changed', file: NAMES.manifest }
}

/** The tree over the events, and what their tables must be. */
async function eventsIn(
  folder: string,
  { parts, table }: { readonly parts: readonly string[]; readonly table: Table },
) {
  let tree = EMPTY
  const tables = new Map<string, string>()
  for (const name of parts) {
    const rows = createHash('sha256').update(table.head)
    for await (const line of linesOf(join(folder, name))) {
      ;({ tree } = grown(sha256, tree, leafHash(sha256, line)))
      rows.update(rowOf(line, table))
    }
    tables.set(tableOf(name), rows.digest('hex'))
  }
  return { size: tree.size, root: rootOf(sha256, tree), tables }
}

/** Nothing for what is no event: no log has signed it. */
function rowOf(line: Buffer, table: Table): string {
  try {
    const { seq, at, event } = JSON.parse(line.toString()) as LeafJson
    return table.line({ seq, at: instant(at), event })
  } catch {
    return ''
  }
}

interface LeafJson {
  readonly seq: number
  readonly at: number
  readonly event: AuditEvent
}

/** Whether the manifest counts and names what was signed. */
async function isSaidBy(folder: string, { origin, size, root }: TreeHead): Promise<boolean> {
  try {
    const said = JSON.parse(await readFile(join(folder, NAMES.manifest), 'utf8')) as Manifest
    const isWhole = said.events === size && said.log === origin
    return isWhole && said.root === Buffer.from(root).toString('base64')
  } catch {
    return false
  }
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
