import { createHash, randomBytes } from 'node:crypto'
import type { Begun, Tokens } from './login-server.ts'

/**
 * What this platform keeps for a browser that is logged in. The browser keeps a random name of it.
 */
export interface PlatformSession {
  readonly tokens: Tokens
  readonly environment: 'live' | 'paper'
  /** Stands in the link that logs out, so that no other page can write it. */
  readonly logoutToken: string
}

/** Things by a secret that only a browser holds, for a while; the oldest make room for new ones. */
export interface Shelf<T> {
  put(thing: T): string
  find(secret: string | undefined): T | null
  /** Once: a second request finds nothing. */
  take(secret: string | undefined): T | null
}

export interface ShelfOptions {
  readonly lifetimeMs: number
  readonly max: number
}

export function shelf<T>({ lifetimeMs, max }: ShelfOptions): Shelf<T> {
  const kept = new Map<string, { readonly thing: T; readonly until: number }>()
  const find = (secret: string | undefined) => {
    const found = secret === undefined ? undefined : kept.get(nameOf(secret))
    return found && Date.now() < found.until ? found.thing : null
  }
  return {
    find,
    put(thing) {
      // A Map remembers the order in which it was filled.
      const [oldest] = kept.keys()
      if (kept.size >= max && oldest !== undefined) kept.delete(oldest)
      const secret = newSecret()
      kept.set(nameOf(secret), { thing, until: Date.now() + lifetimeMs })
      return secret
    },
    take(secret) {
      const found = find(secret)
      if (secret !== undefined) kept.delete(nameOf(secret))
      return found
    },
  }
}

/** Logins that have begun: twenty minutes is longer than any of them takes. */
export const begunLogins = (): Shelf<Begun> => shelf({ lifetimeMs: 20 * 60_000, max: 10_000 })

/** As long as a session at the login server can last; it says itself when one has ended. */
export const platformSessions = (): Shelf<PlatformSession> =>
  shelf({ lifetimeMs: 12 * 3_600_000, max: 10_000 })

export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What a memory dump shows opens nothing. */
const nameOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
