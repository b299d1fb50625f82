import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEvent } from '#core/audit/audit.ts'
import { leafText, type LoggedEvent } from '#core/audit/leaf.ts'
import { EMPTY, grown, isSame, leafHash, rootOf } from '#core/audit/merkle.ts'
import { instant } from '#core/time/time.ts'
import {
  checkpointNow,
  findLatestSigned,
  logVerifiers,
  type Signed,
  withCosignatures,
} from '#engine/audit/checkpoints.ts'
import { renamed, verifierText } from '#engine/audit/note.ts'
import {
  eventsName,
  type Manifest,
  NAMES,
  type RecordFile,
  type Rule,
  type Table,
  tableName,
} from '#engine/audit/records/folder.ts'
import { sequenceNow } from '#engine/audit/sequence.ts'
import { sha256 } from '#engine/audit/tree-head.ts'
import type { World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { listLogged } from '#store/audit/tree.ts'

export interface Writing {
  readonly rule: Rule
  /** A folder that is not there yet. */
  readonly to: string
  readonly table: Table
  /** What the folder says of itself. */
  readonly readMe: string
}

export type WrittenRecords =
  | { readonly ok: true; readonly manifest: Manifest }
  /**
   * A transaction keeps the log open; the log is empty; the folder is there; or the events are not
   * the ones that were signed.
   */
  | { readonly ok: false; readonly why: 'open' | 'empty' | 'taken' | 'changed' }

/**
 * Writes all events that are signed by now, what was signed, and digests of all files. What it has
 * begun and cannot end, it removes.
 */
export async function writeRecords(world: World, writing: Writing): Promise<WrittenRecords> {
  if (!(await sequenceNow(world))) return { ok: false, why: 'open' }
  await checkpointNow(world)
  const signed = await findLatestSigned(world)
  if (signed === null) return { ok: false, why: 'empty' }
  if (!(await madeFolder(writing.to))) return { ok: false, why: 'taken' }
  try {
    const manifest = await writeAll(world, { ...writing, signed })
    if (manifest) return { ok: true, manifest }
  } catch (error) {
    await rm(writing.to, { recursive: true, force: true })
    throw error
  }
  await rm(writing.to, { recursive: true, force: true })
  return { ok: false, why: 'changed' }
}

/** @returns `false` where something has that name. */
async function madeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** @returns `null` where the events do not lead to the root that was signed. */
async function writeAll(
  world: World,
  { rule, to, table, readMe, signed }: Writing & { readonly signed: Signed },
): Promise<Manifest | null> {
  let tree = EMPTY
  const files: RecordFile[] = []
  const { origin, size, root } = signed.head
  let after = 0
  for (let part = 1; tree.size < size; part += 1) {
    const lines = await opened(to, eventsName(part))
    const rows = await opened(to, tableName(part))
    await rows.add(table.head)
    const limit = Math.min(EVENTS_A_FILE, size - tree.size)
    for await (const page of pagesOf(world, { after, limit })) {
      for (const event of page) {
        const leaf = leafText(event)
        tree = grown(sha256, tree, leafHash(sha256, Buffer.from(leaf))).tree
        await lines.add(`${leaf}\n`)
        await rows.add(table.line(writtenOf(event)))
      }
      after = page.at(-1)?.seq ?? after
    }
    files.push(await lines.close(), await rows.close())
    if (tree.size < Math.min(part * EVENTS_A_FILE, size)) return null
  }
  if (!isSame(rootOf(sha256, tree), root)) return null
  const keys = logVerifiers(world).map((key) => verifierText(renamed(key, origin) ?? key))
  const written = async (name: string, text: string) => {
    const file = await opened(to, name)
    await file.add(text)
    return await file.close()
  }
  files.push(await written(NAMES.checkpoint, await withCosignatures(world, signed)))
  files.push(await written(NAMES.keys, keys.map((key) => `${key}\n`).join('')))
  files.push(await written(NAMES.readMe, readMe))
  const manifest: Manifest = {
    rule,
    log: origin,
    written: new Date(world.now()).toISOString(),
    events: size,
    root: Buffer.from(root).toString('base64'),
    files,
  }
  const last = await written(NAMES.manifest, `${JSON.stringify(manifest, null, 2)}\n`)
  const digests = [...files, last].map(({ name, sha256: digest }) => `${digest}  ${name}\n`)
  await written(NAMES.digests, digests.join(''))
  return manifest
}

/** Half a gigabyte at most, and what a spreadsheet opens. */
const EVENTS_A_FILE = 500_000
const PAGE = 500

async function* pagesOf(
  { db }: Pick<World, 'db'>,
  { after, limit }: { readonly after: number; readonly limit: number },
): AsyncGenerator<readonly LoggedEvent[]> {
  let [from, left] = [after, limit]
  while (left > 0) {
    const wanted = { after: from, upTo: Number.MAX_SAFE_INTEGER, limit: Math.min(PAGE, left) }
    const page = await listLogged(db, wanted)
    if (page.length === 0) return
    yield page
    from = page.at(-1)?.seq ?? from
    left -= page.length
  }
}

const writtenOf = ({ seq, at, body }: LoggedEvent): WrittenEvent => ({
  seq,
  at: instant(at),
  event: JSON.parse(body) as AuditEvent,
})

/** A file that is digested as it is written, and on the disk when it is closed. */
async function opened(folder: string, name: string) {
  const file: FileHandle = await open(join(folder, name), 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  return {
    async add(text: string) {
      const data = Buffer.from(text)
      hash.update(data)
      bytes += data.length
      await file.appendFile(data)
    },
    async close(): Promise<RecordFile> {
      await file.datasync()
      await file.close()
      return { name, bytes, sha256: hash.digest('hex') }
    },
  }
}
