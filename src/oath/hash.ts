/**
 * The hash functions OATH algorithms name: how long each digest is, and what each runtime calls it.
 */
export const HASHES = {
  SHA1: { lengthBytes: 20, node: 'sha1', web: 'SHA-1' },
  SHA256: { lengthBytes: 32, node: 'sha256', web: 'SHA-256' },
  SHA512: { lengthBytes: 64, node: 'sha512', web: 'SHA-512' },
} as const

export type Hash = keyof typeof HASHES

/**
 * HMAC with a key the caller keeps to itself. This room never sees the key: the server closes over
 * a KeyObject, a phone over a CryptoKey (`webcrypto.ts`), an HSM over its handle.
 *
 * @see RFC 2104, "HMAC: Keyed-Hashing for Message Authentication"
 */
export type Mac = (hash: Hash, message: Uint8Array) => Uint8Array
