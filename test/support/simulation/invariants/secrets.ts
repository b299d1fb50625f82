import type { Write } from '#store/database/connection.ts'
import { Broken } from '../trace.ts'

/** I10: no secret stands in clear in anything that is stored, told to others, or reported. */
export interface Secrets {
  /** Known from now on. */
  add(name: string, secret: string): void
  stored(writes: readonly Write[]): void
  said(where: string, what: unknown, except?: readonly string[]): void
}

/** Six digits are a secret where they are a text: as a number they may be a sum of money. */
const isShort = (secret: string): boolean => /^\d{6,8}$/.test(secret)

/** What a challenge expects stays with the server: no door hands it on. */
const outside = (key: string, value: unknown): unknown => (key === 'expected' ? undefined : value)

export function secretsKept(): Secrets {
  const secrets = new Map<string, { readonly name: string; readonly found: RegExp | null }>()

  function search(where: string, text: string, except: readonly string[] = []): void {
    for (const [secret, { name, found }] of secrets) {
      if (except.includes(secret)) continue
      const isThere = found ? found.test(text) : text.includes(secret)
      if (isThere) throw new Broken('I10', `${name} stands in ${where}`)
    }
  }
  return {
    add(name, secret) {
      const found = isShort(secret) ? new RegExp(`(?<![0-9:,[])${secret}(?![0-9])`) : null
      secrets.set(secret, { name, found })
    },
    stored(writes) {
      for (const { sql, parameters } of writes) {
        for (const value of parameters) {
          if (typeof value === 'string') search(sql.slice(0, 40), value)
          else if (value instanceof Uint8Array)
            search(sql.slice(0, 40), Buffer.from(value).toString('latin1'))
        }
      }
    },
    said: (where, what, except) => search(where, JSON.stringify(what, outside) ?? '', except),
  }
}
