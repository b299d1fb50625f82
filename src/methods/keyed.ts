/**
 * Keys outside the database, which make a stolen table useless. The composition root gives them to
 * methods with short secrets.
 */

/** A keyed hash for one purpose. */
export interface Keyed {
  /**
   * The version of the current key. It is stored beside the hash, so that keys can be changed.
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
