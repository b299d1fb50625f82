import { type Selectable, sql } from 'kysely'
import type { Account, Environment, Language, Subscriber } from '#core/account.ts'
import { userNameKey } from '#core/account.ts'
import type { AuditEvent } from '#core/audit.ts'
import type { Authenticator } from '#core/authenticator.ts'
import type { Browser } from '#core/browser.ts'
import type { AccountId, SubscriberId } from '#core/ids.ts'
import type { Throttle } from '#core/throttle.ts'
import { type Instant, instant } from '#core/time.ts'
import { eventWrites } from '#store/audit.ts'
import { authenticatorOf, bindingWrites } from '#store/authenticators.ts'
import { browserOf } from '#store/browsers.ts'
import type { Db } from '#store/database.ts'
import type { Tables } from '#store/tables.ts'
import { nameThrottle, throttleOf } from '#store/throttles.ts'
import type { Versioned } from '#store/versioned.ts'
import { changing, one } from '#store/writes.ts'

/** All that the first step of a login must know of whoever claims a user name. */
export interface Claimant {
  readonly subscriber: Subscriber | null
  readonly accounts: readonly Account[]
  /** The newest active authenticator of the method that was asked for: the password. */
  readonly password: Versioned<Authenticator> | null
  /** How often strangers have guessed at this name; kept for names that nobody has, too. */
  readonly throttle: Versioned<Throttle> | null
  /** The browser, if this subscriber has used it before. */
  readonly browser: Versioned<Browser> | null
  /** How often that browser has guessed. */
  readonly browserThrottle: Versioned<Throttle> | null
}

/** One round trip, and the same work for a name that nobody has (A1). */
export async function findClaimant(
  db: Db,
  claim: {
    /** As `userNameKey` makes it. */
    readonly nameKey: string
    readonly browserHash: Uint8Array | null
    /** The method whose authenticator is wanted: the one that stands first at the login page. */
    readonly method: string
  },
): Promise<Claimant> {
  const rows = await claimantRows(db, claim)
  const row = rows[0] ?? {}
  const [password] = partsOf(rows, 'password', (found: AuthenticatorRow) =>
    authenticatorOf(db, found),
  )
  return {
    subscriber: partOf(row, 'subscriber', subscriberOf),
    accounts: partsOf(rows, 'account', accountOf).toReversed(),
    password: password ?? null,
    throttle: partOf(row, 'throttle', throttleOf),
    browser: partOf(row, 'browser', browserOf),
    browserThrottle: partOf(row, 'browser_throttle', throttleOf),
  }
}

function claimantRows(
  db: Db,
  { nameKey, browserHash, method }: Parameters<typeof findClaimant>[1],
): Promise<readonly Record<string, unknown>[]> {
  return db.read
    .selectFrom(sql`(select 1)`.as('always'))
    .leftJoin('throttle', (on) => on.on('throttle.key', '=', nameThrottle(db, nameKey)))
    .leftJoin('subscriber', (on) => on.on('subscriber.name_key', '=', nameKey))
    .leftJoin('account', 'account.subscriber_id', 'subscriber.id')
    .leftJoin('binding', (on) =>
      on.onRef('binding.subscriber_id', '=', 'subscriber.id').on('binding.method', '=', method),
    )
    .leftJoin('authenticator as password', (on) =>
      on
        .onRef('password.id', '=', 'binding.authenticator_id')
        .on('password.lifecycle', '=', 'active'),
    )
    .leftJoin('browser', (on) =>
      on
        .onRef('browser.subscriber_id', '=', 'subscriber.id')
        .on('browser.cookie_hash', '=', browserHash ?? NO_BROWSER),
    )
    .leftJoin('throttle as browser_throttle', (on) =>
      on.on('browser_throttle.key', '=', sql<string>`'browser:' || browser.id`),
    )
    .select([
      ...columnsOf('throttle', THROTTLE),
      ...columnsOf('subscriber', SUBSCRIBER),
      ...columnsOf('account', ACCOUNT),
      ...columnsOf('password', AUTHENTICATOR),
      ...columnsOf('browser', BROWSER),
      ...columnsOf('browser_throttle', THROTTLE),
    ])
    .orderBy('password.id', 'desc')
    .orderBy('account.id', 'desc')
    .execute()
}

const NO_BROWSER = new Uint8Array()

const THROTTLE = ['version', 'failures', 'last_failed_at_ms'] as const
const ACCOUNT = ['id', 'subscriber_id', 'number', 'environment', 'status'] as const
const SUBSCRIBER = ['id', 'version', 'user_name', 'language', 'seamless', 'created_at_ms'] as const
const AUTHENTICATOR = [
  ...(['id', 'version', 'method', 'label', 'lifecycle'] as const),
  ...(['failures', 'created_at_ms', 'used_at_ms', 'state'] as const),
] as const
const BROWSER = [
  ...(['id', 'version', 'subscriber_id', 'label'] as const),
  ...(['created_at_ms', 'seen_at_ms', 'blocked_at_ms'] as const),
] as const

const columnsOf = <T extends string, C extends string>(table: T, columns: readonly C[]) =>
  columns.map((column) => `${table}.${column} as ${table}/${column}` as const)

/** What a left join found in one of its tables, or `null`. */
function partOf<Row, Value>(
  row: Record<string, unknown>,
  table: string,
  value: (found: Row) => Value,
): Value | null {
  const found = Object.entries(row).filter(([name]) => name.startsWith(`${table}/`))
  if (found.every(([, one]) => one === null)) return null
  const columns = found.map(([name, one]) => [name.slice(table.length + 1), one] as const)
  return value(Object.fromEntries(columns) as Row)
}

/** The different ones: accounts and authenticators of one subscriber come as each with each. */
function partsOf<Row, Value>(
  rows: readonly Record<string, unknown>[],
  table: string,
  value: (found: Row) => Value,
): readonly Value[] {
  const different = new Map(rows.map((row) => [row[`${table}/id`], row]))
  return [...different.values()].flatMap((row) => partOf(row, table, value) ?? [])
}

export async function findSubscriber(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<Subscriber> | null> {
  const row = await db.read
    .selectFrom('subscriber')
    .select(SUBSCRIBER)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { value: subscriberOf(row), version: row.version } : null
}

/** The accounts of a subscriber, oldest first. */
export async function listAccounts(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Account[]> {
  const rows = await db.read
    .selectFrom('account')
    .select(ACCOUNT)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id')
    .execute()
  return rows.map(accountOf)
}

/** @returns `false`, and writes nothing, when the user name or an account number is taken. */
export async function createSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Subscriber
    readonly accounts: readonly Account[]
    readonly authenticators: readonly Authenticator[]
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { now, subscriber, accounts, authenticators, events } = commit
  const nameKey = userNameKey(subscriber.userName)
  if (nameKey === null) throw new Error('a user name that nobody could type')
  const row = {
    id: subscriber.id,
    version: 1,
    user_name: subscriber.userName,
    name_key: nameKey,
    language: subscriber.language,
    seamless: Number(subscriber.seamless),
    created_at_ms: subscriber.createdAt,
  }
  const accountRows = accounts.map(({ id, subscriberId, number, environment, status }) => ({
    ...{ id, subscriber_id: subscriberId, number, environment, status },
  }))
  return db.commit([
    one(
      db.write
        .insertInto('subscriber')
        .values(row)
        .onConflict((oc) => oc.doNothing()),
    ),
    ...(accountRows.length === 0
      ? []
      : [
          changing(
            accountRows.length,
            db.write
              .insertInto('account')
              .values(accountRows)
              .onConflict((oc) => oc.doNothing()),
          ),
        ]),
    ...authenticators.flatMap((value) => bindingWrites(db, value, [subscriber.id])),
    ...eventWrites(db, events, now),
  ])
}

/** Language and `seamless` may change; @returns `false` when it was written since it was read. */
export async function updateSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Versioned<Subscriber>
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { value, version } = commit.subscriber
  const changed = { language: value.language, seamless: Number(value.seamless) }
  const update = db.write
    .updateTable('subscriber')
    .set({ ...changed, version: version + 1 })
    .where('id', '=', value.id)
    .where('version', '=', version)
  return db.commit([one(update), ...eventWrites(db, commit.events, commit.now)])
}

type AuthenticatorRow = Selectable<Tables['authenticator']>
type SubscriberRow = Omit<Selectable<Tables['subscriber']>, 'name_key'>
type AccountRow = Selectable<Tables['account']>
type ThrottleRow = Parameters<typeof throttleOf>[0]

const subscriberOf = (row: SubscriberRow): Subscriber => ({
  id: row.id as SubscriberId,
  userName: row.user_name,
  language: row.language as Language,
  seamless: row.seamless === 1,
  createdAt: instant(row.created_at_ms),
})

const accountOf = (row: AccountRow): Account => ({
  id: row.id as AccountId,
  subscriberId: row.subscriber_id as SubscriberId,
  number: row.number,
  environment: row.environment as Environment,
  status: row.status as Account['status'],
})
