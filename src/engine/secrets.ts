import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '#core/ids.ts'
import type { Keyed } from '#methods/keyed.ts'
import type { Peppers } from '#methods/password/hasher.ts'
import { derivedKey, type Keys, ringOf } from '#store/database/keys.ts'

/** 256 random bits as base64url: a session, a recognition cookie, the holder of a login. */
export const newSecret = (random: Random): string => Buffer.from(random(32)).toString('base64url')

/** What is stored of a secret that is random enough to need no salt: SHA-256, 32 bytes. */
export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/**
 * A keyed hash, for what can be guessed: short codes and names. Without the key, which is not in
 * the database, a stolen table cannot be searched for them.
 */
export const keyedHash = (keys: Keys, label: string, text: string): string =>
  createHmac('sha256', derivedKey(keys, label)).update(text).digest('base64url')

/** By the current key, and then by those that are not retired. */
export function keyedHashes(keys: Keys, label: string, text: string): readonly string[] {
  const { current, root } = ringOf(keys, label)
  return [current, ...[...root.keys()].filter((version) => version !== current)].map((version) =>
    createHmac('sha256', derivedKey(keys, label, version))
      .update(text)
      .digest('base64url'),
  )
}

/**
 * Whether a keyed hash is that of this text, by the current key or one that is not retired. What a
 * browser brings back may be older than a key.
 */
export const isKeyedHash = (
  keys: Keys,
  { label, text }: { readonly label: string; readonly text: string },
  given: string,
): boolean =>
  keyedHashes(keys, label, text).some((hash) => {
    const [own, theirs] = [Buffer.from(hash), Buffer.from(given)]
    return own.length === theirs.length && timingSafeEqual(own, theirs)
  })

/**
 * A key for one purpose of a method; what it was made with can be told, so that keys can be
 * changed.
 */
export const keyedFor =
  (keys: Keys) =>
  (purpose: string): Keyed => ({
    version: keys.current,
    mac: (text, version) =>
      createHmac('sha256', derivedKey(keys, `method/${purpose}`, version))
        .update(text)
        .digest(),
  })

/** The keyed step of slow hashes: the pepper of each number. */
export const peppersOf = (keys: Keys): Peppers => ({
  current: () => ringOf(keys, PEPPER).current,
  of: (pepper) =>
    ringOf(keys, PEPPER).root.has(pepper) ? derivedKey(keys, PEPPER, pepper).export() : null,
})

const PEPPER = 'pepper'

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud. */
export const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A random code of `length` symbols of five bits each. */
export const newCode = (random: Random, length: number): string =>
  Array.from(random(length), (byte) => SYMBOLS.charAt(byte & 31)).join('')

/** A value that limits can count by, and that only this server can make. */
export const opaque = (keys: Keys, text: string): string => keyedHash(keys, 'take', text)
