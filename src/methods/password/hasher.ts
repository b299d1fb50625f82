import { timingSafeEqual } from 'node:crypto'
import { type Argon2, loadArgon2, parsePhc, phcString } from '#methods/password/argon2.ts'
import { opaqueString } from '#methods/password/wire.ts'

/**
 * Argon2id with a pepper that is not in the database.
 *
 * Hashing is what limits this server, so it stands behind a door: so many may wait, and who comes
 * beyond that is told at once to come back (security 2.1: login flooding is a CPU attack).
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
  /** A hash that no password opens, of the same cost as any other, for unknown names. */
  readonly nobody: string
  /** Who computes it: `node` is half as fast, and the operator should hear of it. */
  readonly by: Argon2['name']
}

/** 19 MiB, two passes. @see OWASP Password Storage Cheat Sheet (S17) */
export const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** Attempts that may wait or be hashed at once: about two seconds of work for two cores. */
export const QUEUE_MAX = 400

export interface HasherOptions {
  /** Keyed step: 32 bytes from outside the database. */
  readonly pepper: Uint8Array
  readonly random: (length: number) => Uint8Array
  readonly queueMax?: number
  /** Cheaper in tests that do not measure it. */
  readonly cost?: { readonly memoryCost: number; readonly timeCost: number }
  /** The fastest that runs here, when it is left out. */
  readonly argon2?: Argon2
}

export async function createHasher(options: HasherOptions): Promise<PasswordHasher> {
  const { pepper, random, queueMax = QUEUE_MAX, cost } = options
  const argon2 = options.argon2 ?? (await loadArgon2())
  const parameters = { ...ARGON2ID, ...cost }
  let waiting = 0
  const hasher = {
    by: argon2.name,
    admit() {
      if (waiting >= queueMax) return null
      waiting += 1
      let held = true
      return () => {
        if (held) waiting -= 1
        held = false
      }
    },
    async hash(password: string) {
      const salt = random(16)
      const input = { ...parameters, message: bytesOf(password), salt, secret: pepper }
      return phcString({ ...parameters, salt, output: await argon2.derive(input) })
    },
    async verify(stored: string, password: string) {
      const parsed = parsePhc(stored)
      if (!parsed) return false
      const { output, ...made } = parsed
      const input = { ...made, message: bytesOf(password), secret: pepper }
      const derived = await argon2.derive({ ...input, outputLen: output.length })
      return timingSafeEqual(derived, output)
    },
  }
  return { ...hasher, nobody: await hasher.hash(Buffer.from(random(32)).toString('base64')) }
}

const bytesOf = (password: string): Uint8Array => new TextEncoder().encode(opaqueString(password))
