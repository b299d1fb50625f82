import { type Selectable, sql } from 'kysely'
import type { Account, Subscriber } from '#core/subscribers/account.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { Browser } from '#core/login/browser.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Throttle } from '#core/login/throttle.ts'
import { ACCOUNT, ACCOUNT_HOLDER, accountOf } from '#store/accounts/accounts.ts'
import { authenticatorOf } from '#store/devices/authenticators.ts'
import { browserOf } from '#store/login/browsers.ts'
import type { Db } from '#store/database/open.ts'
import { columnsOf, part, partIn, partsIn } from '#store/queries/joined-rows.ts'
import { prepared } from '#store/queries/prepared.ts'
import { type LoginStanding } from '#store/security-stamp.ts'
import type { Tables } from '#store/database/tables.ts'
import { type GuessedAt, nameThrottle, throttleOf } from '#store/login/throttles.ts'
import type { Versioned } from '#store/queries/versioned.ts'

import { SUBSCRIBER, subscriberOf } from '#store/subscribers/subscribers.ts'
/** All that the first step of a login must know of the claimed user name. */
export interface Claimant {
  readonly subscriber: Subscriber | null
  /** What a login of theirs goes on with after its first factor; `null` for an unknown name. */
  readonly standing: LoginStanding | null
  readonly accounts: readonly Account[]
  /** The newest active authenticator of the method that was asked for: the password. */
  readonly password: Versioned<Authenticator> | null
  /** How often strangers have guessed at this name; kept for unknown names, too. */
  readonly throttle: Versioned<Throttle> | null
  /** The browser, if this subscriber has used it before. */
  readonly browser: Versioned<Browser> | null
  /** How often that browser has guessed. */
  readonly browserThrottle: Versioned<Throttle> | null
}

/** One round trip, and the same work for an unknown name (A1). */
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

/** With what a login of theirs has to name. */
const CLAIMED = [...SUBSCRIBER, 'login_stamp'] as const
const AUTHENTICATOR = [
  ...(['id', 'version', 'method', 'label', 'model', 'lifecycle'] as const),
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
  ...(['created_at_ms', 'seen_at_ms', 'blocked_at_ms', 'named_at_ms'] as const),
] as const

const PARTS = {
  subscriber: part<'subscriber'>('subscriber', CLAIMED),
  account: part<'account'>('account', ACCOUNT),
  password: part<'authenticator'>('password', AUTHENTICATOR),
  throttle: part<'throttle'>('throttle', THROTTLE),
  browser: part<'browser'>('browser', BROWSER),
  browserThrottle: part<'throttle'>('browser_throttle', THROTTLE),
} as const

const standingOf = (
  row: Pick<Selectable<Tables['subscriber']>, 'id' | 'login_stamp'>,
): LoginStanding => ({ subscriberId: row.id as SubscriberId, loginStamp: row.login_stamp })
