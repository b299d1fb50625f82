import { link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '#core/ids.ts'

/**
 * Writes a file under another name first: under its own it is there whole, and on the disk, or not
 * at all. One that is there already stays.
 *
 * @param check looks at it before it gets its name.
 * @throws ThereAlready
 */
export async function writeNewFile(
  { to, random }: { readonly to: string; readonly random: Random },
  bytes: AsyncIterable<Uint8Array>,
  check: (file: string) => Promise<void>,
): Promise<void> {
  await mustBeNew(to)
  const part = `${to}.part-${Buffer.from(random(4)).toString('hex')}`
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      for await (const some of bytes) await file.writeFile(some)
      await file.sync()
    } finally {
      await file.close()
    }
    await check(part)
    await named(part, to)
  } finally {
    await rm(part, { force: true })
  }
}

export class ThereAlready extends Error {
  override readonly name = 'ThereAlready'
  readonly path: string
  constructor(path: string) {
    super(`${path} is there already`)
    this.path = path
  }
}

/** A link fails where the name is taken, and a rename does not. */
export async function named(part: string, to: string): Promise<void> {
  try {
    await link(part, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new ThereAlready(to)
    // A disk that knows no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP') throw error
    await rename(part, to)
  }
  const folder = await open(dirname(to), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** @throws ThereAlready */
export async function mustBeNew(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (isThere) throw new ThereAlready(path)
}
