import type { KeyObject } from 'node:crypto'

/**
 * The keys that stand outside the database. What is sealed names the version it was sealed with; what is
 * new is sealed with the current one.
 */
export interface Keys {
  readonly current: number
  /** By version, 1 to 65,535; each 32 random bytes. */
  readonly root: ReadonlyMap<number, KeyObject>
}

/** The key for one purpose, derived from a root key: what is made for one purpose is worth nothing in another. */
export function derivedKey(keys: Keys, label: string, version: number = keys.current): KeyObject {
  throw new Error('not written yet')
}
