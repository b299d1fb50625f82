import type { BrowserId } from '#core/ids.ts'
import type { Throttle } from '#core/throttle.ts'
import type { Db } from '#store/database.ts'
import type { Versioned } from '#store/versioned.ts'

/** The key that strangers' guesses at a user name are counted under; `nameKey` is made by `userNameKey`. */
export function nameThrottle(db: Db, nameKey: string): string {
  throw new Error('not written yet')
}

/** The key that a recognised browser's guesses are counted under. */
export const browserThrottle = (id: BrowserId): string => `browser:${id}`

export async function findThrottle(db: Db, key: string): Promise<Versioned<Throttle> | null> {
  throw new Error('not written yet')
}
