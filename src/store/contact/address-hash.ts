import { createHmac } from 'node:crypto'
import { derivedKey, type Keys, oldestVersion } from '#store/database/keys.ts'

/**
 * What is kept of a number that has answered STOP, and by which the client it belongs to is found.
 * It stays the same when a new root key comes: otherwise every client who wants no texts would get
 * them again.
 */
export const addressHash = (keys: Keys, address: string): string =>
  createHmac('sha256', derivedKey(keys, 'stopped', oldestVersion(keys)))
    .update(address)
    .digest('base64url')
