import { createSecretKey } from 'node:crypto'
import type { Random } from '#core/ids.ts'
import type { Keyring } from '#engine/keyring/keyring.ts'
import { OF_BACKUP, type Roots, unwrapKey, wrapKey } from '#engine/keyring/wrapping.ts'
import type { KeysOf } from '#store/backup/openings.ts'
import { BackupUnreadable, type Sealing, type WrappedKey } from '#store/backup/sealed-stream.ts'
import type { Keys } from '#store/database/keys.ts'

/**
 * What a backup is sealed with: the root key of the key file or, where the root key is kept
 * outside, a key of its own that was wrapped there. Either way it opens with what keeps the root
 * key, and without the database.
 */

const KEY_BYTES = 32

interface Keeping {
  readonly keyring: Pick<Keyring, 'roots'>
  readonly random: Random
}

export async function sealWith({ keyring, random }: Keeping): Promise<Sealing> {
  const { file, active } = keyring.roots
  if (file && active.name === 'file') return { keys: file.keys(), wrapped: null, random }
  const key = Buffer.from(random(KEY_BYTES)).toString('base64url')
  const { wrapped, wrappedWith } = await wrapKey(keyring.roots, OF_BACKUP, key)
  if (!wrapped || wrappedWith === null) throw new Error('a key was wrapped, and is not there')
  return { keys: keysIn(key), wrapped: { bytes: wrapped, by: wrappedWith }, random }
}

/** @throws BackupUnreadable without the key file, and RootKeyFailed as `unwrapKey` does. */
export const opensWith =
  (roots: Roots): KeysOf =>
  async (wrapped) =>
    wrapped ? keysIn(await unwrapped(roots, wrapped)) : fileKeys(roots)

async function unwrapped(roots: Roots, { bytes, by }: WrappedKey): Promise<string> {
  const key = await unwrapKey(roots, { ...OF_BACKUP, wrapped: bytes, wrappedWith: by })
  if (typeof key === 'string' && Buffer.from(key, 'base64url').length === KEY_BYTES) return key
  throw new BackupUnreadable('key')
}

function fileKeys({ file }: Roots): Keys {
  if (file) return file.keys()
  throw new BackupUnreadable('key')
}

const keysIn = (key: string): Keys => ({
  current: 1,
  root: new Map([[1, createSecretKey(key, 'base64url')]]),
})
