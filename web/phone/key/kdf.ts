import {
  type Bytes,
  type Derive,
  type Kdf,
  lockWithPin,
  OCRA_KEY_BYTES,
  type PinLock,
} from './vault.ts'

/** @see RFC 9106; OWASP Password Storage Cheat Sheet: at least 19 MiB with two passes. */
const ARGON2ID: Kdf = { name: 'argon2id', memory_kib: 19_456, passes: 2 }

/** Where a browser has no WebAssembly, as in the lockdown mode of iOS. */
export const PBKDF2: Kdf = { name: 'pbkdf2-sha-256', rounds: 600_000 }

export const bestKdf = (): Kdf => (typeof WebAssembly === 'object' ? ARGON2ID : PBKDF2)

/**
 * Fetches what a derivation needs before it is needed; the service worker keeps it for flight mode.
 */
export function warmUp(kdf: Kdf): void {
  if (kdf.name === 'argon2id') void import('./argon2.ts').catch(() => undefined)
}

export const derive: Derive = async (kdf, pin, salt) => {
  switch (kdf.name) {
    case 'argon2id': {
      const { argon2 } = await import('./argon2.ts')
      return argon2(pin, salt, { ...kdf, length_bytes: OCRA_KEY_BYTES })
    }
    case 'pbkdf2-sha-256':
      return pbkdf2(pin, salt, kdf.rounds)
  }
}

/** Wraps a key under a PIN in the best way that this browser has. */
export async function lockedWith(pin: string, ocraKey: Bytes): Promise<PinLock> {
  const kdf = bestKdf()
  try {
    return await lockWithPin(ocraKey, pin, { kdf, derive })
  } catch (error) {
    if (kdf === PBKDF2) throw error
    // WebAssembly is there but may not run: some administrators switch it off.
    return lockWithPin(ocraKey, pin, { kdf: PBKDF2, derive })
  }
}

async function pbkdf2(pin: string, salt: Bytes, iterations: number): Promise<Bytes> {
  const secret = new TextEncoder().encode(pin)
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
  secret.fill(0)
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, OCRA_KEY_BYTES * 8))
}
