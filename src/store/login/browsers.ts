import { type Selectable, sql } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Browser } from '#core/login/browser.ts'
import type { BrowserId, SubscriberId } from '#core/ids.ts'
import type { Environment } from '#core/subscribers/account.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { ACCOUNT_HOLDER } from '#store/accounts/accounts.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Tables } from '#store/database/tables.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { among, any, one } from '#store/queries/writes.ts'

const BROWSER = [
  'browser.id',
  'browser.version',
  'browser.subscriber_id',
  'browser.cookie_hash',
  'browser.label',
  'browser.created_at_ms',
  'browser.seen_at_ms',
  'browser.blocked_at_ms',
  'browser.named_at_ms',
] as const

/** The browsers of a subscriber, last seen first; at most 100. */
export async function listBrowsers(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Browser>[]> {
  return (await db.ask(browsersOf(db, { subscriberId }))).map(browserOf)
}

const BROWSERS_MAX = 100

const browsersOf = prepared((db, { subscriberId }: { readonly subscriberId: SubscriberId }) =>
  db.read
    .selectFrom('browser')
    .select(BROWSER)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('seen_at_ms', 'desc')
    .limit(atMost(BROWSERS_MAX)),
)

/** Who logs in with a browser. */
export interface Remembered {
  readonly browserId: BrowserId
  readonly subscriberId: SubscriberId
  readonly userName: string
  /** Where their accounts are: the live one where there are both, `null` where there is none. */
  readonly environment: Environment | null
}

/**
 * The client whose user name the browser with this secret fills in, or `null`: no client has such a
 * browser, it is blocked, or the name was taken away.
 */
export async function findRemembered(db: Db, cookieHash: Uint8Array): Promise<Remembered | null> {
  const [row] = await db.ask(rememberedBy(db, { cookieHash }))
  return row
    ? {
        browserId: row.id as BrowserId,
        subscriberId: row.subscriber_id as SubscriberId,
        userName: row.user_name,
        environment: row.environment,
      }
    : null
}

/** By its name, live comes before paper. */
const FIRST_ENVIRONMENT = sql<Environment | null>`(select min(account.environment) from account
  where account.subscriber_id = ${ACCOUNT_HOLDER})`

const rememberedBy = prepared((db, { cookieHash }: { readonly cookieHash: Uint8Array }) =>
  db.read
    .selectFrom('browser')
    .innerJoin('subscriber', 'subscriber.id', 'browser.subscriber_id')
    .select(['browser.id', 'browser.subscriber_id', 'subscriber.user_name'])
    .select(FIRST_ENVIRONMENT.as('environment'))
    .where('cookie_hash', '=', cookieHash)
    .where('blocked_at_ms', 'is', null)
    .where('named_at_ms', 'is not', null)
    .limit(1),
)

/** A login was completed there, so the browser fills the name in again, where it does not. */
export const namingWrite = (
  db: Db,
  named: { readonly browserId: BrowserId; readonly now: Instant },
): Write => any(naming(db, named))

const naming = prepared(
  (db, { browserId, now }: { readonly browserId: BrowserId; readonly now: Instant }) =>
    db.write
      .updateTable('browser')
      .set({ named_at_ms: now })
      .where('id', '=', browserId)
      .where('named_at_ms', 'is', null),
)

/** This browser does not fill the name in any more; it is recognised as before. */
export async function unnameBrowser(
  db: Db,
  commit: {
    readonly id: BrowserId
    readonly now: Instant
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { id, now, events } = commit
  const unnaming = db.write
    .updateTable('browser')
    .set({ named_at_ms: null })
    .where('id', '=', id)
    .where('named_at_ms', 'is not', null)
  return await db.commit([one(unnaming), ...eventWrites(db, events, now)])
}

/** The browser of a subscriber that holds this secret, or `null`. */
export async function findBrowser(
  db: Db,
  asked: { readonly subscriberId: SubscriberId; readonly cookieHash: Uint8Array },
): Promise<Versioned<Browser> | null> {
  const [row] = await db.ask(browserBy(db, asked))
  return row ? browserOf(row) : null
}

const browserBy = prepared(
  (db, asked: { readonly subscriberId: SubscriberId; readonly cookieHash: Uint8Array }) =>
    db.read
      .selectFrom('browser')
      .select(BROWSER)
      .where('subscriber_id', '=', asked.subscriberId)
      .where('cookie_hash', '=', asked.cookieHash),
)

/** Forgets these browsers of a subscriber, and what was counted against them; @returns how many. */
export async function forgetBrowsers(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriberId: SubscriberId
    readonly ids: readonly BrowserId[]
    readonly events: readonly AuditEvent[]
  },
): Promise<number> {
  const { now, subscriberId, ids, events } = commit
  const theirs = db.read
    .selectFrom('browser')
    .where('subscriber_id', '=', subscriberId)
    .where('id', 'in', among(ids))
  const keys = theirs.select(sql<string>`'browser:' || id`.as('key'))
  const counts = await db.commitCounted([
    // While there are browsers left to tell which counts are theirs.
    any(db.write.deleteFrom('throttle').where('key', 'in', keys)),
    any(db.write.deleteFrom('browser').where('id', 'in', theirs.select('id'))),
    ...eventWrites(db, events, now),
  ])
  return counts?.[1] ?? 0
}

/** A browser to write; a new one has a cookie, one that is written again may be given another. */
export type BrowserWritten =
  | { readonly value: Browser; readonly version: null; readonly cookieHash: Uint8Array }
  | (Versioned<Browser> & { readonly cookieHash?: Uint8Array })

export function browserWrite(db: Db, browser: BrowserWritten): Write {
  const { id, label, seenAt, blockedAt } = browser.value
  if (browser.version === null) {
    const { cookieHash } = browser
    return one(browserInsert(db, { ...browser.value, cookieHash }))
  }
  const { version, cookieHash } = browser
  const changeable = { label, seen_at_ms: seenAt, blocked_at_ms: blockedAt, version: version + 1 }
  const given = cookieHash ? { cookie_hash: cookieHash } : {}
  return one(
    db.write
      .updateTable('browser')
      .set({ ...changeable, ...given })
      .where('id', '=', id)
      .where('version', '=', version),
  )
}

const browserInsert = prepared((db, row: Browser & { readonly cookieHash: Uint8Array }) =>
  db.write
    .insertInto('browser')
    .values({
      id: row.id,
      subscriber_id: row.subscriberId,
      created_at_ms: row.createdAt,
      version: 1,
      label: row.label,
      seen_at_ms: row.seenAt,
      blocked_at_ms: row.blockedAt,
      cookie_hash: row.cookieHash,
      named_at_ms: row.namedAt,
    })
    .onConflict((oc) => oc.doNothing()),
)

export function browserOf(row: Selectable<Tables['browser']>): Versioned<Browser> {
  const value: Browser = {
    id: row.id as BrowserId,
    subscriberId: row.subscriber_id as SubscriberId,
    label: row.label,
    createdAt: instant(row.created_at_ms),
    seenAt: instant(row.seen_at_ms),
    blockedAt: row.blocked_at_ms === null ? null : instant(row.blocked_at_ms),
    namedAt: row.named_at_ms === null ? null : instant(row.named_at_ms),
  }
  return { value, version: row.version }
}
