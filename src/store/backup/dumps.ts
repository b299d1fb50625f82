import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { Part } from '#store/backup/records.ts'

/** The one part of a PostgreSQL backup: what `pg_dump` writes in its custom form. */
const DUMP = 'dump'

/** A program of PostgreSQL is missing, or has said no. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed'
  readonly tool: string
  readonly isMissing: boolean
  constructor(tool: string, { said, isMissing = false }: { said: string; isMissing?: boolean }) {
    super(said)
    this.tool = tool
    this.isMissing = isMissing
  }
}

/** Reads a database as it is at one moment, while others go on writing. */
export const postgresDump = (url: string): Part => ({ name: DUMP, bytes: dumped(url) })

async function* dumped(url: string): AsyncGenerator<Buffer> {
  const tool = started('pg_dump', ['--format=custom', ...PLAIN, ...databaseOf(url)], url)
  tool.child.stdin.end()
  try {
    yield* tool.child.stdout as AsyncIterable<Buffer>
    await tool.ended
  } finally {
    tool.child.kill()
  }
}

/** Reads a dump from end to end, as for a restore, and writes it nowhere. */
export async function readDump(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const reader = started('pg_restore', ['--file=-', ...PLAIN])
  reader.child.stdout.resume()
  await fed(reader, bytes)
}

/**
 * Puts a dump into a database, with statements that follow it, in one transaction: all of it is
 * there afterwards, or nothing.
 */
export async function putDump(
  bytes: AsyncIterable<Uint8Array>,
  { url, further }: { readonly url: string; readonly further: readonly string[] },
): Promise<void> {
  const reader = started('pg_restore', ['--file=-', ...PLAIN])
  const args = ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1']
  const writer = started('psql', [...args, ...databaseOf(url)], url)
  writer.child.stdout.resume()
  const copied = (async () => {
    await pipeline(reader.child.stdout, writer.child.stdin, { end: false })
    // The end of half a dump looks like that of a whole one: nothing is committed before that.
    await reader.ended
    writer.child.stdin.end(further.map((statement) => `${statement};\n`).join(''))
  })()
  try {
    const [one, other, third] = await Promise.allSettled([
      fed(reader, bytes),
      Promise.race([copied, writer.ended]),
      writer.ended,
    ])
    for (const each of [third, one, other]) if (each.status === 'rejected') throw each.reason
  } finally {
    reader.child.kill()
    writer.child.kill()
  }
}

const PLAIN = ['--no-owner', '--no-privileges']

interface Tool {
  readonly child: ChildProcessWithoutNullStreams
  /** @throws ToolFailed */
  readonly ended: Promise<void>
}

/** A password that stands among the arguments is read by every user of the machine. */
function databaseOf(url: string): readonly string[] {
  const shown = new URL(url)
  shown.password = ''
  return [`--dbname=${shown.href}`]
}

const passwordOf = (url: string | undefined): NodeJS.ProcessEnv => {
  const password = url === undefined ? '' : decodeURIComponent(new URL(url).password)
  return password === '' ? {} : { PGPASSWORD: password }
}

function started(name: string, args: readonly string[], url?: string): Tool {
  const child = spawn(name, args, { env: { ...process.env, ...passwordOf(url), LC_ALL: 'C' } })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < SAID_LENGTH_MAX) said += bytes.toString()
  })
  // It has ended and says why; that it takes no more bytes is no news.
  child.stdin.on('error', () => undefined)
  const ended = endOf(name, child, () => said.trim().split('\n', 2).join(' '))
  ended.catch(() => undefined)
  return { child, ended }
}

const SAID_LENGTH_MAX = 2_000

async function endOf(name: string, child: Tool['child'], said: () => string): Promise<void> {
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new ToolFailed(name, { said: said() || `it ended with ${code}` })
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw isMissing ? new ToolFailed(name, { said: 'it is not installed', isMissing }) : error
  }
}

/** Gives a program what it reads, and waits for its end. */
async function fed({ child, ended }: Tool, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const some of bytes) {
      if (child.stdin.destroyed || child.exitCode !== null) break
      if (!child.stdin.write(some)) await Promise.race([once(child.stdin, 'drain'), ended])
    }
    child.stdin.end()
  } catch (error) {
    child.kill()
    throw error
  }
  await ended
}
