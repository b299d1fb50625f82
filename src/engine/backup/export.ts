import { open } from 'node:fs/promises'
import { leafText, type LoggedEvent } from '#core/audit/leaf.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import { findLatestSigned, type LogWorld } from '#engine/audit/checkpoints.ts'
import { findTree, listLogged } from '#store/audit/tree.ts'

/**
 * Events as lines of a file: of each the text whose hash is its leaf, and behind them the latest
 * checkpoint, as a syslog server has it. Only events that have their place in the tree are among
 * them, so none can come between two later.
 */
async function* exportedEvents(
  world: LogWorld,
  { after }: { readonly after: number },
): AsyncGenerator<string> {
  const { seq: upTo, size } = await findTree(world.db)
  for (let from = after; from < upTo; ) {
    const page = await listLogged(world.db, { after: from, upTo, limit: PAGE })
    if (page.length === 0) break
    for (const event of page) yield `${leafText(event)}\n`
    from = page.at(-1)?.seq ?? upTo
  }
  const latest = await findLatestSigned(world)
  if (latest && latest.size <= size && upTo > after)
    yield `${JSON.stringify({ note: latest.note })}\n`
}

const PAGE = 500

/** The event in such a line; `null` for a line that is none. */
export function eventIn(line: string): LoggedEvent | null {
  if (!line.startsWith('{"at":')) return null
  try {
    const { event, ...rest } = JSON.parse(line) as Omit<LoggedEvent, 'body'> & {
      readonly event: Json
    }
    const logged = { ...rest, body: canonicalJson(event) }
    // Whatever says the same in other bytes has another leaf.
    return leafText(logged) === line ? logged : null
  } catch {
    return null
  }
}

/**
 * Adds what is new to a file, and is on the disk before it counts. A file that is there goes on
 * behind its last event; what a full disk or a crash has cut off is written again.
 */
export async function exportTo(
  world: LogWorld,
  to: string,
): Promise<{ readonly after: number; readonly count: number }> {
  const file = await open(to, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
    await file.read(tail, 0, tail.length, size - tail.length)
    const lines = tail.toString().split('\n')
    const after = lines.reduce((last, line) => Math.max(last, eventIn(line)?.seq ?? 0), 0)
    if (size > 0 && after === 0) throw new NoExport(to)
    let count = 0
    if (lines.at(-1) !== '') await file.appendFile('\n')
    for await (const line of exportedEvents(world, { after })) {
      if (eventIn(line.trimEnd()) !== null) count += 1
      await file.appendFile(line)
    }
    await file.datasync()
    return { after, count }
  } finally {
    await file.close()
  }
}

/** Longer than the lines of a few events and a checkpoint. */
const TAIL_BYTES = 1024 * 1024

/** A file is there that holds no events. */
export class NoExport extends Error {
  override readonly name = 'NoExport'
}
