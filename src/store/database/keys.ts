import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/**
 * The keys that do not stand in clear in the database. What is sealed names the key it was sealed
 * with; what is new is sealed with the current one.
 */
export interface Keys extends Ring {
  /**
   * Keys of purposes that are exchanged apart from the others; they change while the server runs. A
   * purpose that has none here takes `root`.
   */
  readonly rings?: ReadonlyMap<Purpose, Ring>
}

/** The keys of one purpose: one for what is new, and all that open what there is. */
export interface Ring {
  readonly current: number
  /** By version, 1 to 65,535; each 32 random bytes. */
  readonly root: ReadonlyMap<number, KeyObject>
}

/** Keyed hashes that rows are looked up by have no ring: nothing could compute them anew. */
export type Purpose = 'sealing' | 'pepper' | 'tokens'

/** The labels of form tokens, cookies and seals that browsers bring back. */
const TOKENS: ReadonlySet<string> = new Set([
  'form',
  'offer',
  'oidc-cookies',
  'form/desk',
  'desk/opened-call',
  'desk/question',
])

function purposeOf(label: string): Purpose | null {
  if (label.startsWith('seal/')) return 'sealing'
  if (label === 'pepper') return 'pepper'
  return TOKENS.has(label) ? 'tokens' : null
}

/** The keys that what bears this label is made with. */
export function ringOf(keys: Keys, label: string): Ring {
  const purpose = purposeOf(label)
  return (purpose && keys.rings?.get(purpose)) ?? keys
}

/**
 * The key for one purpose, derived from a root key: what is made for one purpose is not valid
 * in another. Derived once and kept, because deriving costs more than using.
 *
 * @throws Error when there is no key of this version.
 * @see RFC 5869, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)"
 */
export function derivedKey(keys: Keys, label: string, version?: number): KeyObject {
  const { current, root } = ringOf(keys, label)
  const key = root.get(version ?? current)
  if (!key) throw new Error(`there is no root key of version ${version ?? current}`)
  const known = derivedOf(key)
  const found = known.get(label)
  if (found) return found
  const bytes = hkdfSync('sha256', key, NO_SALT, `countersign/v1/${label}`, KEY_LENGTH_BYTES)
  const made = createSecretKey(Buffer.from(bytes))
  known.set(label, made)
  return made
}

/**
 * For keyed hashes that rows are looked up by: they cannot be made anew when a new root key comes,
 * so they stay with the oldest until that one is taken away.
 */
export const oldestVersion = (keys: Keys): number => Math.min(...keys.root.keys())

const KEY_LENGTH_BYTES = 32
const NO_SALT = Buffer.alloc(0)

/** Beside the key itself, so that nothing is left of one that was taken away. */
const derived = new WeakMap<KeyObject, Map<string, KeyObject>>()

function derivedOf(key: KeyObject): Map<string, KeyObject> {
  const known = derived.get(key) ?? new Map<string, KeyObject>()
  derived.set(key, known)
  return known
}
