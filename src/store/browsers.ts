import type { AuditEvent } from '#core/audit.ts'
import type { Browser } from '#core/browser.ts'
import type { BrowserId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time.ts'
import type { Db } from '#store/database.ts'
import type { Versioned } from '#store/versioned.ts'

/** The browsers of a subscriber, last seen first; at most 100. */
export async function listBrowsers(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Browser>[]> {
  throw new Error('not written yet')
}

/** Forgets browsers of a subscriber, all of them without `ids`; @returns how many. */
export async function forgetBrowsers(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriberId: SubscriberId
    readonly ids?: readonly BrowserId[]
    readonly events: readonly AuditEvent[]
  },
): Promise<number> {
  throw new Error('not written yet')
}
