import { hash, verify } from '@node-rs/argon2'

/**
 * Argon2id with a pepper that is not in the database.
 *
 * Hashing is what limits this server, so it stands behind a door: so many may wait, and who comes beyond
 * that is told at once to come back (security 2.1: login flooding is a CPU attack).
 *
 * @see RFC 9106, "Argon2 Memory-Hard Function", section 4; NIST SP 800-63B-4, "Password Verifiers"
 */
export interface PasswordHasher {
  /**
   * Takes a place in the queue before anything is read or written for an attempt.
   *
   * @returns what gives the place back, or `null` when the queue is full.
   */
  admit(): (() => void) | null
  hash(password: string): Promise<string>
  /** False for a wrong password and for a text that is no hash of ours. */
  verify(stored: string, password: string): Promise<boolean>
  /** A hash that no password opens, of the same cost as any other, for names that nobody has. */
  readonly nobody: string
}

/** 19 MiB, two passes. @see OWASP Password Storage Cheat Sheet (S17) */
export const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** The enum of the library is ambient: its value for Argon2id has to be written out. */
const ALGORITHM_ARGON2ID = 2

/** Attempts that may wait or be hashed at once: about two seconds of work for two cores. */
export const QUEUE_MAX = 400

export interface HasherOptions {
  /** Keyed step: 32 bytes from outside the database. */
  readonly pepper: Uint8Array
  readonly random: (length: number) => Uint8Array
  readonly queueMax?: number
  /** Cheaper in tests that do not measure it. */
  readonly cost?: { readonly memoryCost: number; readonly timeCost: number }
}

export async function createHasher(options: HasherOptions): Promise<PasswordHasher> {
  const { pepper, random, queueMax = QUEUE_MAX, cost } = options
  const parameters = { ...ARGON2ID, ...cost, algorithm: ALGORITHM_ARGON2ID, secret: pepper }
  let waiting = 0
  const hasher = {
    admit() {
      if (waiting >= queueMax) return null
      waiting += 1
      let held = true
      return () => {
        if (held) waiting -= 1
        held = false
      }
    },
    hash: (password: string) => hash(prepared(password), { ...parameters, salt: random(16) }),
    async verify(stored: string, password: string) {
      try {
        return await verify(stored, prepared(password), { secret: pepper })
      } catch {
        return false
      }
    },
  }
  return { ...hasher, nobody: await hasher.hash(Buffer.from(random(32)).toString('base64')) }
}

/**
 * The bytes that are hashed: two ways to type one character are one password.
 *
 * @see RFC 8265, "OpaqueString Profile", section 4.2
 */
const prepared = (password: string): Uint8Array =>
  new TextEncoder().encode(password.normalize('NFC'))

