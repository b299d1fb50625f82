import { timingSafeEqual } from 'node:crypto'
import {
  type Argon2,
  FIRST_PEPPER,
  loadArgon2,
  parsePhc,
  phcString,
} from '#methods/password/argon2.ts'
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
  /** Whether a hash was made with a pepper that is not the current one. */
  isOfOlderPepper(stored: string): boolean
  /** Which pepper went into a hash; `null` for what is no hash of ours. */
  pepperOf(stored: string): number | null
  /** A hash that no password opens, of the same cost as any other, for unknown names. */
  readonly nobody: string
  /** Who computes it: `node` is half as fast, and the operator should hear of it. */
  readonly by: Argon2['name']
}

/** 19 MiB, two passes. @see OWASP Password Storage Cheat Sheet (S17) */
export const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** Attempts that may wait or be hashed at once: about two seconds of work for two cores. */
export const QUEUE_MAX = 400

/** Peppers by their numbers; they change while the server runs. */
export interface Peppers {
  readonly current: () => number
  /** `null` for one that was taken away. */
  readonly of: (pepper: number) => Uint8Array | null
}

export interface HasherOptions {
  /** Keyed step: 32 bytes from outside the database; or several of them. */
  readonly pepper: Uint8Array | Peppers
  readonly random: (length: number) => Uint8Array
  readonly queueMax?: number
  /** Cheaper in tests that do not measure it. */
  readonly cost?: { readonly memoryCost: number; readonly timeCost: number }
  /** The fastest that runs here, when it is left out. */
  readonly argon2?: Argon2
}

export async function createHasher(options: HasherOptions): Promise<PasswordHasher> {
  const { random, queueMax = QUEUE_MAX, cost } = options
  const peppers = options.pepper instanceof Uint8Array ? onePepper(options.pepper) : options.pepper
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
      const pepper = peppers.current()
      const secret = secretOf(peppers, pepper)
      const input = { ...parameters, message: bytesOf(password), salt, secret }
      return phcString({ ...parameters, salt, pepper, output: await argon2.derive(input) })
    },
    async verify(stored: string, password: string) {
      const parsed = parsePhc(stored)
      if (!parsed) return false
      const { output, pepper, ...made } = parsed
      // No password opens a hash that has outlived its pepper; that takes as long as any other.
      const isLeft = peppers.of(pepper) === null && pepper < peppers.current()
      const secret = secretOf(peppers, isLeft ? peppers.current() : pepper)
      const input = { ...made, message: bytesOf(password), secret }
      const derived = await argon2.derive({ ...input, outputLen: output.length })
      return timingSafeEqual(derived, output)
    },
    isOfOlderPepper(stored: string) {
      const pepper = hasher.pepperOf(stored)
      return pepper !== null && pepper !== peppers.current()
    },
    pepperOf: (stored: string) => parsePhc(stored)?.pepper ?? null,
  }
  return { ...hasher, nobody: await hasher.hash(Buffer.from(random(32)).toString('base64')) }
}

const onePepper = (pepper: Uint8Array): Peppers => ({
  current: () => FIRST_PEPPER,
  of: (number) => (number === FIRST_PEPPER ? pepper : null),
})

function secretOf({ of }: Peppers, pepper: number): Uint8Array {
  const secret = of(pepper)
  if (!secret) throw new Error(`there is no pepper ${pepper}`)
  return secret
}

const bytesOf = (password: string): Uint8Array => new TextEncoder().encode(opaqueString(password))
