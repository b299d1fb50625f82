/**
 * How the OCRA key rests on the phone: wrapped, and never beside what unwraps it.
 *
 *   lock 'prf'   AES-GCM under HKDF(what the platform authenticator computes); nothing on disk to attack
 *   lock 'pin'   the key XOR a key derived from the PIN, and not one bit that says whether the PIN was right
 *
 * With a PIN of four characters every check is an oracle: a tag, a padding, a version byte would
 * let a thief who copied the profile try all PINs in minutes. So a wrong PIN gives another key of
 * 32 bytes, that key gives a well-formed wrong response, and only the server can tell; it counts
 * (threat A16).
 *
 * @see NIST SP 800-63B-4, "Activation Secrets": the secret stays in the authenticator and derives a
 *   key.
 */

export type Bytes = Uint8Array<ArrayBuffer>

export const OCRA_KEY_BYTES = 32
const SALT_BYTES = 16
const IV_BYTES = 12

/**
 * Says which derivation, with which cost, belongs to a wrapped key: costs rise, old keys stay
 * readable.
 */
export type Kdf =
  | { readonly name: 'argon2id'; readonly memory_kib: number; readonly passes: number }
  | { readonly name: 'pbkdf2-sha-256'; readonly rounds: number }

/** 32 bytes from a PIN; `kdf.ts` holds the real ones, tests pass a cheap one. */
export type Derive = (kdf: Kdf, pin: string, salt: Bytes) => Promise<Bytes>

export interface PinLock {
  readonly kind: 'pin'
  readonly kdf: Kdf
  readonly salt: Bytes
  readonly wrapped: Bytes
}

export interface PrfLock {
  readonly kind: 'prf'
  readonly credentialId: Bytes
  /** Input of the PRF. @see WebAuthn level 3, "Pseudo-random function extension (prf)" */
  readonly salt: Bytes
  readonly iv: Bytes
  readonly wrapped: Bytes
}

export type Lock = PinLock | PrfLock

export const randomBytes = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))

export const newOcraKey = (): Bytes => randomBytes(OCRA_KEY_BYTES)

export async function lockWithPin(
  ocraKey: Bytes,
  pin: string,
  { kdf, derive }: { readonly kdf: Kdf; readonly derive: Derive },
): Promise<PinLock> {
  const salt = randomBytes(SALT_BYTES)
  return { kind: 'pin', kdf, salt, wrapped: xorAndWipe(ocraKey, await derive(kdf, pin, salt)) }
}

/** Never fails for a wrong PIN, and takes as long: what comes out is then simply another key. */
export async function unlockWithPin(lock: PinLock, pin: string, derive: Derive): Promise<Bytes> {
  return xorAndWipe(lock.wrapped, await derive(lock.kdf, pin, lock.salt))
}

/** `prf` is what the platform authenticator computed from `salt`; it is wiped. */
export async function lockWithPrf(
  ocraKey: Bytes,
  {
    credentialId,
    salt,
    prf,
  }: { readonly credentialId: Bytes; readonly salt: Bytes; readonly prf: Bytes },
): Promise<PrfLock> {
  const iv = randomBytes(IV_BYTES)
  const kek = await keyFromPrf(prf, salt)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, kek, ocraKey)
  return { kind: 'prf', credentialId, salt, iv, wrapped: new Uint8Array(sealed) }
}

/**
 * @returns `null` when this is not the output that wrapped it. A tag is no oracle here: a PRF has
 *   no short inputs.
 */
export async function unlockWithPrf(lock: PrfLock, prf: Bytes): Promise<Bytes | null> {
  const kek = await keyFromPrf(prf, lock.salt)
  try {
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: lock.iv }, kek, lock.wrapped)
    return new Uint8Array(opened)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null
    throw error
  }
}

/** Uses an unwrapped key once, and wipes it whatever happens. */
export async function usedOnce<T>(ocraKey: Bytes, use: (ocraKey: Bytes) => Promise<T>): Promise<T> {
  try {
    return await use(ocraKey)
  } finally {
    ocraKey.fill(0)
  }
}

async function keyFromPrf(prf: Bytes, salt: Bytes): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', prf, 'HKDF', false, ['deriveKey'])
  prf.fill(0)
  const info = new TextEncoder().encode('countersign/ocra/v1')
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

/** Wipes `derived`, which is as good as the key. */
function xorAndWipe(one: Bytes, derived: Bytes): Bytes {
  if (one.length !== derived.length) throw new RangeError('keys of two lengths')
  const result = one.map((byte, index) => byte ^ (derived[index] ?? 0))
  derived.fill(0)
  return result
}
