import { type Selectable, sql } from 'kysely'
import type { Account, Language, Subscriber } from '#core/subscribers/account.ts'
import { userNameKey } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { Browser } from '#core/login/browser.ts'
import type { SessionId, SubscriberId } from '#core/ids.ts'
import { OTHER_USERS_MAX, type Primary } from '#core/subscribers/primary-user.ts'
import type { Throttle } from '#core/login/throttle.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { ACCOUNT, ACCOUNT_HOLDER, accountInsert, accountOf } from '#store/accounts/accounts.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { authenticatorOf, bindingWrites } from '#store/devices/authenticators.ts'
import { browserOf } from '#store/login/browsers.ts'
import type { Db } from '#store/database/open.ts'
import { type Ended, sessionWrites } from '#store/endings.ts'
import { columnsOf, part, partIn, partsIn } from '#store/queries/joined-rows.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import { type LoginStanding, movesState, nextState, sessionStays } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import { type GuessedAt, nameThrottle, throttleOf } from '#store/login/throttles.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

/** All that the first step of a login must know of whoever claims a user name. */
export interface Claimant {
  readonly subscriber: Subscriber | null
  /** What a login of theirs goes on with after its first factor; `null` of nobody. */
  readonly standing: LoginStanding | null
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
    /** Whose guesses are read: those at the password, where nothing is said. */
    readonly guessedAt?: GuessedAt
  },
): Promise<Claimant> {
  const { nameKey, browserHash, method, guessedAt } = claim
  const throttleKey = nameThrottle(db, nameKey, guessedAt)
  const asked = { throttleKey, nameKey, browserHash: browserHash ?? NO_BROWSER, method }
  const rows = await db.ask(claimantParts(db, asked))
  const first = rows[0] ?? {}
  const subscriber = partIn(first, PARTS.subscriber)
  const throttle = partIn(first, PARTS.throttle)
  const browser = partIn(first, PARTS.browser)
  const browserThrottle = partIn(first, PARTS.browserThrottle)
  const [password] = partsIn(rows, PARTS.password)
  return {
    subscriber: subscriber && subscriberOf(subscriber),
    standing: subscriber && standingOf(subscriber),
    accounts: partsIn(rows, PARTS.account).toReversed().map(accountOf),
    password: password ? authenticatorOf(db, password) : null,
    throttle: throttle && throttleOf(throttle),
    browser: browser && browserOf(browser),
    browserThrottle: browserThrottle && throttleOf(browserThrottle),
  }
}

interface Claim {
  readonly throttleKey: string
  readonly nameKey: string
  readonly browserHash: Uint8Array
  readonly method: string
}

const claimantParts = prepared((db, { throttleKey, nameKey, browserHash, method }: Claim) =>
  db.read
    .selectFrom(sql`(select 1)`.as('always'))
    .leftJoin('throttle', (on) => on.on('throttle.key', '=', throttleKey))
    .leftJoin('subscriber', (on) => on.on('subscriber.name_key', '=', nameKey))
    .leftJoin('account', (on) => on.on('account.subscriber_id', '=', ACCOUNT_HOLDER))
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
        .on('browser.cookie_hash', '=', browserHash),
    )
    .leftJoin('throttle as browser_throttle', (on) =>
      on.on('browser_throttle.key', '=', sql<string>`'browser:' || browser.id`),
    )
    .select([
      ...columnsOf('throttle', THROTTLE),
      ...columnsOf('subscriber', CLAIMED),
      ...columnsOf('account', ACCOUNT),
      ...columnsOf('password', AUTHENTICATOR),
      ...columnsOf('browser', BROWSER),
      ...columnsOf('browser_throttle', THROTTLE),
    ])
    .orderBy('password.id', 'desc')
    .orderBy('account.id', 'desc'),
)

const NO_BROWSER = new Uint8Array()

const THROTTLE = ['version', 'failures', 'last_failed_at_ms'] as const

export const SUBSCRIBER = [
  'id',
  'version',
  'user_name',
  'language',
  'language_chosen',
  'seamless',
  ...(['primary_id', 'primary_name', 'leave_until_ms'] as const),
  'created_at_ms',
] as const
/** With what a login of theirs has to name. */
const CLAIMED = [...SUBSCRIBER, 'login_stamp'] as const
const AUTHENTICATOR = [
  ...(['id', 'version', 'method', 'label', 'lifecycle'] as const),
  ...([
    'failures',
    'created_at_ms',
    'used_at_ms',
    'expires_at_ms',
    'pending_until_ms',
    'rests_since_ms',
    'state',
  ] as const),
] as const
const BROWSER = [
  ...(['id', 'version', 'subscriber_id', 'label'] as const),
  ...(['created_at_ms', 'seen_at_ms', 'blocked_at_ms'] as const),
] as const

const PARTS = {
  subscriber: part<'subscriber'>('subscriber', CLAIMED),
  account: part<'account'>('account', ACCOUNT),
  password: part<'authenticator'>('password', AUTHENTICATOR),
  throttle: part<'throttle'>('throttle', THROTTLE),
  browser: part<'browser'>('browser', BROWSER),
  browserThrottle: part<'throttle'>('browser_throttle', THROTTLE),
} as const

export async function findSubscriber(
  db: Db,
  id: SubscriberId,
): Promise<Versioned<Subscriber> | null> {
  const [row] = await db.ask(subscriberById(db, { id }))
  return row ? { value: subscriberOf(row), version: row.version } : null
}

const subscriberById = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read.selectFrom('subscriber').select(SUBSCRIBER).where('id', '=', id),
)

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
    language_chosen: Number(subscriber.hasChosenLanguage),
    seamless: Number(subscriber.seamless),
    ...primaryRow(subscriber),
    created_at_ms: subscriber.createdAt,
  }
  return db.commit([
    one(
      db.write
        .insertInto('subscriber')
        .values(row)
        .onConflict((oc) => oc.doNothing()),
    ),
    ...accounts.map((account) => accountInsert(db, account)),
    ...authenticators.flatMap((value) => bindingWrites(db, value, [subscriber.id])),
    ...eventWrites(db, events, now),
  ])
}

/**
 * Language, `seamless` and whose account it is may change.
 *
 * @returns `false`, and writes nothing, when it, or one that must `stay` as it is, was written
 *   since it was read.
 */
export async function updateSubscriber(
  db: Db,
  commit: {
    readonly now: Instant
    readonly subscriber: Versioned<Subscriber>
    /** Of another, what was decided depends on. */
    readonly stays?: Versioned<Subscriber>
    /** What ends with it. */
    readonly ended?: Ended
    /** The session that asks for it, which must not have ended. */
    readonly within?: SessionId
    readonly events: readonly AuditEvent[]
  },
): Promise<boolean> {
  const { subscriber, stays, ended, within, events, now } = commit
  const { value, version } = subscriber
  const changed = {
    language: value.language,
    language_chosen: Number(value.hasChosenLanguage),
    seamless: Number(value.seamless),
    ...primaryRow(value),
  }
  const update = db.write
    .updateTable('subscriber')
    .set({ ...changed, version: version + 1 })
    .where('id', '=', value.id)
    .where('version', '=', version)
  // One statement for all of it: two of one commit must not write the same row.
  const moved = ended && movesState(ended.by) ? update.set((eb) => nextState(eb, ended.by)) : update
  return db.commit([
    one(moved),
    ...(within ? [sessionStays(db, within)] : []),
    ...(ended ? sessionWrites(db, ended, now) : []),
    ...(stays ? [one(stayWrite(db, stays))] : []),
    ...eventWrites(db, events, now),
  ])
}

const stayWrite = (db: Db, { value, version }: Versioned<Subscriber>) =>
  db.write
    .updateTable('subscriber')
    .set({ version: version + 1 })
    .where('id', '=', value.id)
    .where('version', '=', version)

/** Everybody who uses the account of this subscriber beside them, by their ids. */
export async function listOtherUsers(
  db: Db,
  id: SubscriberId,
): Promise<readonly Versioned<Subscriber>[]> {
  const rows = await db.ask(otherUsers(db, { id }))
  return rows.map((row) => ({ value: subscriberOf(row), version: row.version }))
}

const otherUsers = prepared((db, { id }: { readonly id: SubscriberId }) =>
  db.read
    .selectFrom('subscriber')
    .select(SUBSCRIBER)
    .where('primary_id', '=', id)
    .orderBy('id')
    .limit(atMost(OTHER_USERS_MAX)),
)

const primaryRow = ({ primary }: Subscriber) => ({
  primary_id: primary?.id ?? null,
  primary_name: primary?.name ?? null,
  leave_until_ms: primary?.leaveUntil ?? null,
})

type SubscriberRow = Omit<
  Selectable<Tables['subscriber']>,
  'name_key' | 'security_stamp' | 'order_stamp' | 'login_stamp' | 'arrivals'
>

const standingOf = (
  row: Pick<Selectable<Tables['subscriber']>, 'id' | 'login_stamp'>,
): LoginStanding => ({ subscriberId: row.id as SubscriberId, loginStamp: row.login_stamp })

export const subscriberOf = (row: SubscriberRow): Subscriber => ({
  id: row.id as SubscriberId,
  userName: row.user_name,
  language: row.language as Language,
  hasChosenLanguage: row.language_chosen === 1,
  seamless: row.seamless === 1,
  primary: primaryOf(row),
  createdAt: instant(row.created_at_ms),
})

const primaryOf = (row: SubscriberRow): Primary | null =>
  row.primary_id === null
    ? null
    : {
        id: row.primary_id as SubscriberId,
        name: row.primary_name ?? '',
        leaveUntil: row.leave_until_ms === null ? null : instant(row.leave_until_ms),
      }
