import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { RootKeyFailed, type RootKeys } from '#channels/root-keys/provider.ts'

/** The root keys of a file; rooms do not import each other sideways. */
export interface FileKeys {
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
type KeyFile = z.infer<typeof KeyFile>

type Random = (length: number) => Uint8Array

/**
 * Reads the root keys; at the very first start it makes them, readable by this user only.
 *
 * @throws when the file is there and cannot be read: starting with other keys would lose everything
 *   sealed.
 */
export const loadKeys = (file: string, random: Random): FileKeys =>
  keysOf(parsed(file, read(file) ?? create(file, random)))

function keysOf({ current, keys }: KeyFile): FileKeys {
  const all = Object.entries(keys).map(
    ([version, key]) => [Number(version), createSecretKey(key, 'base64url')] as const,
  )
  return { current, root: new Map(all) }
}

function parsed(file: string, text: string): KeyFile {
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

const written = (keys: KeyFile): string => `${JSON.stringify(keys)}\n`

function create(file: string, random: Random): string {
  const text = written({ current: 1, keys: { 1: newKey(random) } })
  mkdirSync(dirname(file), { recursive: true })
  try {
    // `wx`: of two processes that start at once, one makes the keys and the other reads them.
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFileSync(file, 'utf8')
  }
  chmodSync(file, 0o600)
  return text
}

const newKey = (random: Random): string => Buffer.from(random(32)).toString('base64url')

/**
 * Writes the file anew: into another one beside it, which is on the disk before it takes its place.
 * After a crash, and on a full disk, the old file is there as it was. It stays readable by whom it
 * was: an operator who is root must not take it from the user of the server.
 */
function replace(file: string, keys: KeyFile): void {
  const { mode, uid, gid } = statSync(file)
  const beside = `${file}.new`
  rmSync(beside, { force: true })
  try {
    const descriptor = openSync(beside, 'wx', 0o600)
    try {
      const own = statSync(beside)
      if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid, gid)
      fchmodSync(descriptor, mode & 0o777)
      writeFileSync(descriptor, written(keys))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** A change takes milliseconds: a lock that is older was left by a process that has ended. */
const LOCK_LEFT_AFTER_MS = 10_000

/**
 * Changes the file where it lies, also through a link. Of two processes that do it at once one is
 * refused: the key of the one that was faster would be written over.
 */
function change(path: string, to: (keys: KeyFile) => KeyFile): void {
  const file = realpathSync(path)
  const lock = `${file}.lock`
  if (isLeft(lock)) rmSync(lock, { force: true })
  try {
    closeSync(openSync(lock, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new RootKeyFailed('another process is changing the key file. Try again in a minute.')
  }
  try {
    replace(file, to(parsed(file, read(file) ?? gone(file))))
  } finally {
    rmSync(lock, { force: true })
  }
}

/** By the clock of the disk, which may be that of another machine. */
function isLeft(lock: string): boolean {
  const found = statSync(lock, { throwIfNoEntry: false })
  if (!found) return false
  const probe = `${lock}.now`
  rmSync(probe, { force: true })
  writeFileSync(probe, '', { mode: 0o600 })
  const { mtimeMs: now } = statSync(probe)
  rmSync(probe, { force: true })
  return now - found.mtimeMs > LOCK_LEFT_AFTER_MS
}

/** Another one in its place would open nothing, and would be taken for the right one. */
function gone(file: string): never {
  throw new RootKeyFailed(`${file} is not there any more. Put it back from your backup.`)
}

/** Root keys in a file. Each node has a copy of it. */
export interface RootKeyFile extends RootKeys {
  /** Reads it anew: the operator may have brought another copy. */
  reload(): void
  /** The versions that stand in it. */
  versions(): readonly number[]
  /** Tells a key without telling it: two files may hold two keys under one number. */
  fingerprint(version: number): Uint8Array | null
  /** Adds a key of this version, and keeps the one that is there already. */
  add(version: number): void
  /** From now on it wraps with this one; the file stays as it is. */
  use(version: number): void
  /** The keys themselves: the first keys of an installation are these. */
  keys(): FileKeys
  remove(version: number): void
  /** Takes these out of memory; the file stays as it is. */
  forget(versions: readonly number[]): void
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A memory of keys in place of a file, for tests. */
interface Kept {
  load(): KeyFile
  change(to: (keys: KeyFile) => KeyFile): void
}

export function rootKeyFile(file: string, random: Random): RootKeyFile {
  if (read(file) === null) create(file, random)
  const load = () => parsed(file, read(file) ?? gone(file))
  return rootKeysIn({ load, change: (to) => change(file, to) }, random)
}

/** Keys that stand in no file. */
export function rootKeysOf(keys: FileKeys, random: Random): RootKeyFile {
  let held: KeyFile = {
    current: keys.current,
    keys: Object.fromEntries(
      [...keys.root].map(([version, key]) => [String(version), key.export().toString('base64url')]),
    ),
  }
  const to = (changed: (keys: KeyFile) => KeyFile) => {
    held = changed(held)
  }
  return rootKeysIn({ load: () => held, change: to }, random)
}

function rootKeysIn({ load, ...kept }: Kept, random: Random): RootKeyFile {
  let held = keysOf(load())
  let used: number | null = null
  const inUse = () => used ?? held.current
  const change = (to: (keys: KeyFile) => KeyFile) => {
    kept.change(to)
    held = keysOf(load())
  }
  const keyOf = (version: number, label: string): Buffer => {
    const root = held.root.get(version)
    if (!root)
      throw new RootKeyFailed(
        `the key file has no root key ${version}, which wraps keys of the database. ` +
          'Copy the key file of another node, or take it from your backup.',
      )
    return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `countersign/v1/${label}`, 32))
  }
  return {
    name: 'file',
    place: 'file',
    reload: () => void (held = keysOf(load())),
    versions: () => [...held.root.keys()].toSorted((a, b) => a - b),
    fingerprint: (version) =>
      held.root.has(version)
        ? createHash('sha256').update(keyOf(version, 'fingerprint')).digest()
        : null,
    add: (version) =>
      change(({ current, keys }) => ({
        current,
        keys: { ...keys, [version]: keys[String(version)] ?? newKey(random) },
      })),
    use(version) {
      used = version
    },
    // What is sealed with them, such as a backup, takes the one that is used.
    keys: () => ({ current: inUse(), root: held.root }),
    remove: (version) =>
      change(({ current, keys }) => ({
        current: current === version ? inUse() : current,
        keys: Object.fromEntries(Object.entries(keys).filter(([one]) => Number(one) !== version)),
      })),
    forget(versions) {
      held = { ...held, root: new Map([...held.root].filter(([one]) => !versions.includes(one))) }
    },
    async wrap(key) {
      const version = inUse()
      const nonce = random(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, keyOf(version, 'wrap'), nonce)
      const text = Buffer.concat([cipher.update(key), cipher.final()])
      const bytes = Buffer.concat([nonce, text, cipher.getAuthTag()])
      return await Promise.resolve({ bytes, by: `file:${version}` })
    },
    async unwrap({ bytes, by }) {
      const key = keyOf(Number(by.slice('file:'.length)), 'wrap')
      const all = Buffer.from(bytes)
      const options = { authTagLength: TAG_BYTES }
      const decipher = createDecipheriv(CIPHER, key, all.subarray(0, NONCE_BYTES), options)
      decipher.setAuthTag(all.subarray(-TAG_BYTES))
      try {
        const text = decipher.update(all.subarray(NONCE_BYTES, -TAG_BYTES))
        return await Promise.resolve(Buffer.concat([text, decipher.final()]))
      } catch (cause) {
        throw new RootKeyFailed(
          'the key file does not belong to this database. ' +
            'Put back the one that it was written with.',
          { cause },
        )
      }
    },
  }
}
