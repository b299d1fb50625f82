import { createSecretKey, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** What `Keys` of the store is made of; rooms do not import each other sideways. */
export interface RootKeys {
  readonly current: number
  readonly root: ReadonlyMap<number, KeyObject>
}

/**
 * The file of the root keys: an attacker who has it and the database has everything, so they live
 * apart.
 */
const KeyFile = z
  .strictObject({
    current: z.int().min(1).max(65_535),
    /** 32 random bytes each, base64url, by version. */
    keys: z.record(z.string().regex(/^[1-9][0-9]{0,4}$/), z.base64url().length(43)),
  })
  .refine(({ current, keys }) => String(current) in keys, 'the current key is not among the keys')

/**
 * Reads the root keys; at the very first start it makes them, readable by this user only.
 *
 * @throws when the file is there and cannot be read: starting with other keys would lose everything
 *   sealed.
 */
export function loadKeys(file: string, random: (length: number) => Uint8Array): RootKeys {
  const { current, keys } = parsed(file, read(file) ?? create(file, random))
  const root = new Map(
    Object.entries(keys).map(([version, key]) => [
      Number(version),
      createSecretKey(key, 'base64url'),
    ]),
  )
  return { current, root }
}

function parsed(file: string, text: string): z.infer<typeof KeyFile> {
  try {
    return KeyFile.parse(JSON.parse(text))
  } catch (cause) {
    // What stands in it is not repeated: it may hold a key.
    throw new Error(`${file} is not a key file, or is damaged. Put it back from your backup.`, {
      cause,
    })
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function create(file: string, random: (length: number) => Uint8Array): string {
  const text = JSON.stringify({
    current: 1,
    keys: { 1: Buffer.from(random(32)).toString('base64url') },
  })
  mkdirSync(dirname(file), { recursive: true })
  try {
    // `wx`: of two processes that start at once, one makes the keys and the other reads them.
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFileSync(file, 'utf8')
  }
  chmodSync(file, 0o600)
  return text
}
