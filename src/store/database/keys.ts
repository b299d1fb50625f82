import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/**
 * The keys that stand outside the database. What is sealed names the version it was sealed with;
 * what is new is sealed with the current one.
 */
export interface Keys {
  readonly current: number
  /** By version, 1 to 65,535; each 32 random bytes. */
  readonly root: ReadonlyMap<number, KeyObject>
}

/**
 * The key for one purpose, derived from a root key: what is made for one purpose is not valid
 * in another. Derived once and kept, because deriving costs more than using.
 *
 * @throws Error when there is no root key of this version.
 * @see RFC 5869, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)"
 */
export function derivedKey(keys: Keys, label: string, version: number = keys.current): KeyObject {
  const known = derivedOf(keys)
  const name = `${version}/${label}`
  const found = known.get(name)
  if (found) return found
  const root = keys.root.get(version)
  if (!root) throw new Error(`there is no root key of version ${version}`)
  const bytes = hkdfSync('sha256', root, NO_SALT, `countersign/v1/${label}`, KEY_LENGTH_BYTES)
  const key = createSecretKey(Buffer.from(bytes))
  known.set(name, key)
  return key
}

/**
 * For keyed hashes that rows are looked up by: they cannot be made anew when a new root key comes,
 * so they stay with the oldest until that one is taken away.
 */
export const oldestVersion = (keys: Keys): number => Math.min(...keys.root.keys())

const KEY_LENGTH_BYTES = 32
const NO_SALT = Buffer.alloc(0)

const derived = new WeakMap<Keys, Map<string, KeyObject>>()

function derivedOf(keys: Keys): Map<string, KeyObject> {
  const known = derived.get(keys) ?? new Map<string, KeyObject>()
  derived.set(keys, known)
  return known
}
