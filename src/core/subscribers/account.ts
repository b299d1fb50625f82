import { type Calendar, tradesFrom } from '#core/time/calendar.ts'
import type { AccountId, AuthenticatorId, SubscriberId } from '#core/ids.ts'
import type { Override } from '#core/subscribers/jurisdiction.ts'
import type { Primary } from '#core/subscribers/primary-user.ts'
import type { Instant } from '#core/time/time.ts'

/** Live money, or the simulated account with its own user name (R017). */
export type Environment = 'live' | 'paper'

export const ENVIRONMENTS = ['live', 'paper'] as const satisfies readonly Environment[]

/** Languages that every text exists in (R170). */
export type Language = 'en' | 'fr'

export const LANGUAGES = ['en', 'fr'] as const satisfies readonly Language[]

/** A client of the brokerage: the one whom the authenticators belong to. */
export interface Subscriber {
  readonly id: SubscriberId
  readonly userName: string
  /** The language of messages to them, and of their pages while they are logged in. */
  readonly language: Language
  /** Whether the client has chosen it; until then pages go by what the browser asks for. */
  readonly hasChosenLanguage: boolean
  /**
   * Whether the login page asks the phone first (R038); when not, it shows the challenge at once.
   */
  readonly seamless: boolean
  /** What they have chosen to be asked first, among what is as strong; `null` for no choice. */
  readonly askedFirst: AuthenticatorId | null
  /** Whose account they use; `null` for a client who has their own, or none yet. */
  readonly primary: Primary | null
  readonly createdAt: Instant
}

export interface Account {
  readonly id: AccountId
  readonly subscriberId: SubscriberId
  /** What the client and the desk call it, such as `U0000001`. */
  readonly number: string
  readonly environment: Environment
  readonly status: AccountStatus
  readonly approvedAt: Instant | null
  /**
   * Decided when it was approved, by the calendar of that day; `null` for one that was open from
   * the start.
   */
  readonly tradesFrom: Instant | null
  /**
   * Where its holder lives: two letters of ISO 3166-1, or `null` when it is not recorded. It
   * decides whose rules apply (`jurisdiction.ts`).
   */
  readonly residence: string | null
  /** Other rules that the back office has set; `null` where the residence decides. */
  readonly override: Override | null
  /** Its holder has chosen to trade without a second factor (R130). */
  readonly optedOut: boolean
  /**
   * While it is opted out, the networks that trading is restricted to, each in its one spelling;
   * none for no restriction (R130).
   */
  readonly networks: readonly string[]
  /** What is in it, in whole dollars, rounded down; `null` when it is not recorded (R119). */
  readonly equityUsd: number | null
  /**
   * What is kept back in it for devices, in whole dollars: the ledger alone writes it (R117).
   */
  readonly reservedUsd: number
}

export type AccountStatus =
  | 'applied'
  | 'approved'
  | 'open'
  | 'closed-by-client'
  | 'closed-by-broker'

/** Who closed an account: the client, or the broker because nothing was left in it (R028). */
export type ClosedBy = 'client' | 'broker'

/** What an account is worth at this moment; `approved-late` becomes `approved` by itself (R027). */
export type Standing = AccountStatus | 'approved-late'

export const STANDINGS = [
  'applied',
  'approved-late',
  'approved',
  'open',
  'closed-by-client',
  'closed-by-broker',
] as const satisfies readonly Standing[]

export function standingOf({ status, tradesFrom: from }: Account, now: Instant): Standing {
  const isLate = from !== null && now < from && (status === 'approved' || status === 'open')
  return isLate ? 'approved-late' : status
}

/**
 * The account that a login in this environment is about: of several the one that opens most, and of
 * those the oldest.
 */
export function accountIn(
  accounts: readonly Account[],
  environment: Environment,
  now: Instant,
): Account | null {
  const rank = (account: Account) => BEST_FIRST.indexOf(standingOf(account, now))
  const [best = null] = accounts
    .filter((account) => account.environment === environment)
    .toSorted((one, other) => rank(one) - rank(other))
  return best
}

const BEST_FIRST: readonly Standing[] = [
  ...(['open', 'approved', 'approved-late', 'applied'] as const),
  ...(['closed-by-client', 'closed-by-broker'] as const),
]

/** An account after a step, or why it cannot take it. Asking twice for the same is no mistake. */
export type AccountStep =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly problem: 'account.closed' | 'account.not-approved' }

/**
 *   applied ──approved──▶ approved ──opened──▶ open
 *      └──────────────────────┴──────closed─────┴──▶ closed-by-client, closed-by-broker   (for ever)
 *
 * Approving it again changes nothing, least of all when it may trade.
 */
export function approved(account: Account, now: Instant, calendar: Calendar): AccountStep {
  if (isClosed(account)) return { ok: false, problem: 'account.closed' }
  if (account.status !== 'applied') return { ok: true, account }
  const from = tradesFrom(now, calendar)
  return {
    ok: true,
    account: { ...account, status: 'approved', approvedAt: now, tradesFrom: from },
  }
}

/**
 * To open an account does not bypass the cut-off: an account that was approved late still waits.
 */
export function opened(account: Account): AccountStep {
  if (isClosed(account)) return { ok: false, problem: 'account.closed' }
  if (account.status === 'applied') return { ok: false, problem: 'account.not-approved' }
  return { ok: true, account: account.status === 'open' ? account : { ...account, status: 'open' } }
}

export function closed(account: Account, by: ClosedBy): AccountStep {
  const status = `closed-by-${by}` as const
  if (account.status === status) return { ok: true, account }
  if (isClosed(account)) return { ok: false, problem: 'account.closed' }
  return { ok: true, account: { ...optedIn(account), status } }
}

/** Its holder lives there from now on, and the rules of that place apply (R132). */
export function relocated(
  account: Account,
  { residence, override }: Pick<Account, 'residence' | 'override'>,
): AccountStep {
  const isThere =
    residence === account.residence &&
    override?.jurisdiction === account.override?.jurisdiction &&
    override?.reason === account.override?.reason
  return { ok: true, account: isThere ? account : { ...account, residence, override } }
}

/**
 * Back in, its holder trades from everywhere. Where the rules that apply know no opting out, it is
 * taken back like that (R128 to R130).
 */
export const optedIn = (account: Account): Account =>
  account.optedOut ? { ...account, optedOut: false, networks: [] } : account

/** The most networks that trading may be restricted to. */
export const NETWORKS_MAX = 10

/** What is in it now. */
export function valued(account: Account, equityUsd: number): AccountStep {
  if (isClosed(account)) return { ok: false, problem: 'account.closed' }
  return {
    ok: true,
    account: account.equityUsd === equityUsd ? account : { ...account, equityUsd },
  }
}

/** Accounts with real money: simulated and closed ones have none. */
export const realAccounts = (accounts: readonly Account[]): readonly Account[] =>
  accounts.filter(
    ({ environment, status }) =>
      environment === 'live' && (status === 'open' || status === 'approved'),
  )

/** What a client has here in all, as far as it is recorded. */
export const equityOf = (accounts: readonly Account[]): number =>
  realAccounts(accounts).reduce((sum, { equityUsd }) => sum + (equityUsd ?? 0), 0)

const isClosed = ({ status }: Pick<Account, 'status'>): boolean =>
  status === 'closed-by-client' || status === 'closed-by-broker'

/** The defaults of a new account. */
export const NEW_ACCOUNT = {
  status: 'applied',
  approvedAt: null,
  tradesFrom: null,
  residence: null,
  override: null,
  optedOut: false,
  networks: [] as readonly string[],
  equityUsd: null,
  reservedUsd: 0,
} as const satisfies Partial<Account>

/** The longest user name that is looked up; anything longer cannot exist. In code points. */
export const USER_NAME_LENGTH_MAX = 64

/**
 * The form in which user names are compared: two names that a person would take for the same are
 * one.
 *
 * @returns `null` for a text that cannot be a user name: empty, too long, or with characters
 *   that cannot be seen.
 * @see RFC 8265, "UsernameCaseMapped Profile", section 3.3
 */
export function userNameKey(typed: string): string | null {
  const key = typed.normalize('NFKC').trim().toLowerCase().normalize('NFC')
  if (key === '' || [...key].length > USER_NAME_LENGTH_MAX) return null
  return UNSEEN.test(key) ? null : key
}

/**
 * Controls, directions, fillers: with one of them in it a name looks like another.
 *
 * @see RFC 8264, "PRECIS Framework", section 9
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
