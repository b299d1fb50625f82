/**
 * What stands outside the database and makes a stolen table worthless: methods whose secrets are
 * short are given it by the composition root.
 */

/** A keyed hash for one purpose. */
export interface Keyed {
  /**
   * The key that what is new is made with. It is stored beside the hash, so that keys can be
   * changed.
   */
  readonly version: number
  /** HMAC-SHA-256. @throws Error when the key of this version was taken away. */
  mac(text: string, version: number): Uint8Array
}

/** A slow, salted hash with a keyed step of its own. */
export interface SlowHash {
  hash(text: string): Promise<string>
  /** False for a wrong text, and for a hash that is none of ours. */
  verify(stored: string, text: string): Promise<boolean>
  /** A hash that no text opens, of the same cost as any other. */
  readonly nobody: string
}
