import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import { filePathOf } from '#store/database/files.ts'
import type { Part } from '#store/backup/records.ts'

/** The parts of a SQLite backup: the database first, and then what lies beside it (0055). */
export const DATABASE = 'database'
const FILES = 'files'

export interface Copied {
  readonly parts: readonly Part[]
  /** Deletes the copies. */
  remove(): Promise<void>
}

const COPY = '.countersign-copy-'
const PIECE_BYTES = 256 * 1024

/**
 * Copies a database that is in use: each file as it is at one moment, while others go on writing.
 * The copies stand beside the database, because names are in clear in them.
 *
 * @see SQLite, "VACUUM INTO"
 */
export async function sqliteCopies(path: string): Promise<Copied> {
  const folder = await newFolder(dirname(path))
  const remove = async () => await rm(folder, { recursive: true, force: true })
  try {
    const parts: Part[] = []
    for (const [name, from] of [
      [DATABASE, path],
      [FILES, filePathOf(path)],
    ] as const) {
      const to = join(folder, name)
      if (name === DATABASE || (await isThere(from))) {
        copy(from, to)
        parts.push({ name, bytes: createReadStream(to, { highWaterMark: PIECE_BYTES }) })
      }
    }
    return { parts, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** A folder that only this user reads; what a killed process has left beside it is deleted. */
export async function newFolder(beside: string): Promise<string> {
  const left = (await readdir(beside)).filter((name) => {
    const [, pid] = /^\.countersign-copy-(\d+)-/.exec(name) ?? []
    return pid !== undefined && !isRunning(Number(pid))
  })
  for (const name of left) await rm(join(beside, name), { recursive: true, force: true })
  return await mkdtemp(join(beside, `${COPY}${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isThere = async (path: string): Promise<boolean> =>
  (await readdir(dirname(path))).some((name) => join(dirname(path), name) === path)

const BUSY_TIMEOUT_MS = 5_000

function copy(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    database.prepare('vacuum into ?').run(to)
  } finally {
    database.close()
  }
}

/** Writes a part into a file that is not there yet. */
export async function writePart(bytes: AsyncIterable<Uint8Array>, to: string): Promise<void> {
  await pipeline(bytes, createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true }))
}

/** What SQLite says of a file that it reads from end to end; `null` when nothing is wrong. */
export function flawOf(path: string): string | null {
  const database = new DatabaseSync(path)
  try {
    const [first] = database.prepare('pragma integrity_check(1)').all()
    const said = String(first?.['integrity_check'] ?? 'nothing')
    const orphans = database.prepare('pragma foreign_key_check').all().length
    if (said !== 'ok') return said
    return orphans > 0 ? `${orphans} rows belong to rows that are missing` : null
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be opened'
  } finally {
    database.close()
  }
}
