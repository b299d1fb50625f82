import { type Account, type Standing, standingOf } from '#core/subscribers/account.ts'
import { type Acr, atLeast, phaseOf, type PhaseNow, type Platform } from '#core/assurance.ts'
import { type Proof, strengthOf } from '#core/assurance.ts'
import { least, type Limits, type LimitTable } from '#core/sessions/limits.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'
import type { Problem } from '#core/problems.ts'
import { earlier, type Instant } from '#core/time/time.ts'

/**
 * What a session may do at this moment, and which row of the table says so.
 *
 * Nothing of it is stored: it follows from what was proven, from the account and from the clock, so
 * that no session keeps a right that has ended. `docs/rights.md` shows every combination.
 */
export interface Decision {
  readonly row: RowId
  /** The restrictions that applied to the row, in this order. */
  readonly narrowed: readonly NarrowingId[]
  readonly rights: Rights
  /**
   * When the decision will change by itself; `null` for never.
   */
  readonly until: Instant | null
  /** When trading opens by itself, where time is all that is in its way. */
  readonly tradesFrom: Instant | null
}

/** Money in whole US dollars; `null` means without limit (R121). */
export interface Rights {
  readonly portal: PortalScope
  readonly trading: boolean
  /** `trade.penny`: stocks of Pink Sheet and OTCBB (R130). */
  readonly tradePenny: boolean
  /** `trade.network`: the only networks that trading is open from; `null` for any (R130). */
  readonly tradeNetwork: readonly string[] | null
  readonly withdrawalPerDayUsd: number | null
  readonly withdrawalPer5DaysUsd: number | null
  /**
   * Whether an authenticator may be bound, as far as its method and what is held already allow it.
   */
  readonly bind: boolean
}

/** How much of the portal is open. */
export type PortalScope = 'full' | 'statements' | 'card-printing' | 'first-binding' | 'closed'

/** The facts of a decision. */
export interface Facts {
  readonly proofs: readonly Proof[]
  /** The account of the environment that was logged in to. */
  readonly account: Account | null
  /** What applies to the client, by where all their accounts say that they live. */
  readonly rules: Rules
  /** The withdrawal limits of the same places. */
  readonly limits: LimitTable
  readonly second: SecondFactor
  readonly holds: readonly Hold[]
  /** Whether the request comes from one of the networks that the account names. */
  readonly isFromNamed: boolean
}

/**
 * Whether the subscriber holds a second factor: one that was bound, used or not, and not revoked.
 */
export type SecondFactor = 'never' | 'revoked' | 'bound'

/** A hold: it takes rights away for a while, at every strength. */
export interface Hold {
  /** Why, such as `migration`. */
  readonly kind: string
  readonly forbids: readonly Forbidden[]
  readonly until: Instant
}

export type Forbidden = 'trading' | 'withdrawals' | 'binding'

export const FORBIDDEN = [
  'trading',
  'withdrawals',
  'binding',
] as const satisfies readonly Forbidden[]

/** The facts in the words of the table. */
export interface Situation {
  readonly phase: PhaseNow
  readonly standing: Standing
  readonly strength: Acr
  readonly second: SecondFactor
  /** Has opted out, and the rules that apply allow it. */
  readonly optedOut: boolean
  /** Where the request comes from, for a client who has restricted trading to named networks. */
  readonly from: From
  /** Whether the rules that apply take a temporary passcode for a second factor. */
  readonly passcodeTrades: boolean
  /** The code of the login came one way, where the rules that apply want two (R129). */
  readonly codeOneWay: boolean
}

/** `anywhere` for a client who trades from any network, wherever the request comes from. */
export type From = 'anywhere' | 'named' | 'elsewhere'

const NO_MONEY: Limits = [0, 0]

/**
 * The table. The first row that fits decides; an empty cell fits everything.
 *
 * @see requirements R026 to R029, R094, R095, R121, R128 to R130; NIST SP 800-63B-4, "Binding"
 */
export const TABLE = [
  // Temporary access that is over opens nothing: the password beside it was never enough.
  row('access-over', { phase: ['over'] }, { portal: 'closed' }),
  // A new phone that waits to take the place of another sees what it will be for, and moves nothing
  // (S73).
  row('waiting', { phase: ['reading'] }, { portal: 'statements' }),
  row('card-printing', { phase: ['card-printing'] }, { portal: 'card-printing' }),
  row(
    'closed-unproven',
    { standing: ['closed-by-client', 'closed-by-broker'], strength: ['1'], second: ['bound'] },
    { portal: 'closed' },
  ),
  row('closed', { standing: ['closed-by-client', 'closed-by-broker'] }, { portal: 'statements' }),
  row(
    'opted-out-first',
    { standing: ['approved', 'open'], strength: ['1'], second: ['never'], optedOut: [true] },
    { portal: 'first-binding', trading: true, money: 'by-strength', bind: true },
  ),
  row(
    'opted-out',
    { standing: ['approved', 'open'], strength: ['1'], optedOut: [true] },
    { portal: 'closed', trading: true, money: 'by-strength' },
  ),
  row(
    'first-binding',
    { strength: ['1'], second: ['never'] },
    { portal: 'first-binding', bind: true },
  ),
  row('password-only', { strength: ['1'] }, { portal: 'first-binding' }),
  row('applied', { standing: ['applied'] }, { portal: 'full', bind: true }),
  // Where two secrets that are known count as one factor, the second only binds a real second
  // factor (C5).
  row(
    'passcode-binds',
    { strength: ['2t'], passcodeTrades: [false] },
    { portal: 'full', bind: true },
  ),
  // The code of a login has to go by text and by mail: one that went to the number alone opens what
  // it takes to verify an address (R129).
  row('code-one-way', { strength: ['2s'], codeOneWay: [true] }, { portal: 'full', bind: true }),
  row(
    'approved-late',
    { standing: ['approved-late'] },
    { portal: 'full', money: 'by-strength', bind: true },
  ),
  row(
    'trades',
    { standing: ['approved', 'open'] },
    { portal: 'full', trading: true, money: 'by-strength', bind: true },
  ),
] as const satisfies readonly Row[]

/**
 * The name of a row is public and never changes its meaning. Its words stand in `locales/` under
 * `rights`.
 */
export type RowId = (typeof TABLE)[number]['id']

export const ROW_IDS: readonly RowId[] = TABLE.map(({ id }) => id)

export interface Row<Id extends string = string> {
  readonly id: Id
  readonly when: { readonly [Column in keyof Situation]?: readonly Situation[Column][] }
  readonly opens: Opens
}

interface Opens {
  readonly portal: PortalScope
  readonly trading?: true
  /** Nothing, unless said otherwise. */
  readonly money?: 'by-strength'
  readonly bind?: true
}

function row<Id extends string>(id: Id, when: Row['when'], opens: Opens): Row<Id> {
  return { id, when, opens }
}

export function rightsOf(facts: Facts, now: Instant): Decision {
  const situation = situationOf(facts, now)
  const found = TABLE.find(({ when }: Row) => fits(when, situation))
  if (!found) throw new Error('the table of rights has a gap')
  const { strength } = situation
  const { opens }: Row = found
  const [perDay, per5Days] = opens.money ? facts.limits[strength] : NO_MONEY
  const rights: Rights = {
    portal: opens.portal,
    trading: opens.trading ?? false,
    tradePenny: opens.trading ?? false,
    tradeNetwork: situation.from === 'anywhere' ? null : (facts.account?.networks ?? null),
    withdrawalPerDayUsd: perDay,
    withdrawalPer5DaysUsd: per5Days,
    bind: opens.bind ?? false,
  }
  return {
    row: found.id,
    ...narrowed(rights, { situation, facts, now }),
    until: nextChange(facts, now),
    tradesFrom: waitsUntil(facts, now),
  }
}

function fits(when: Row['when'], situation: Situation): boolean {
  for (const column of Object.keys(when) as (keyof Situation)[]) {
    const allowed: readonly unknown[] | undefined = when[column]
    if (allowed && !allowed.includes(situation[column])) return false
  }
  return true
}

/** What was proven, as much of it as still counts; the account, as it stands now. */
function situationOf(facts: Facts, now: Instant): Situation {
  const { proofs, account, rules, second } = facts
  // Proofs that never fade stand beside the password; without them, temporary access decides.
  const lasting = proofs.filter((proof) => phaseOf(proof, now) === 'everything')
  const temporary = proofs.filter(({ phases }) => phases !== undefined)
  const strength = lasting.length === 0 ? '1' : strengthOf(lasting)
  const faded = temporary.map((proof) => phaseOf(proof, now))
  const phase =
    strength !== '1' || faded.length === 0
      ? 'everything'
      : (FADING.find((one) => faded.includes(one)) ?? 'over')
  const optedOut = account !== null && account.optedOut && rules.optOut
  const { passcodeTrades } = rules
  const codeOneWay = rules.codeChannels === 'text-and-mail' && !lasting.some(isByTwo)
  const standing = account ? standingOf(account, now) : 'applied'
  const from = !optedOut ? 'anywhere' : fromIn(account, facts)
  return { phase, standing, strength, second, optedOut, from, passcodeTrades, codeOneWay }
}

const isByTwo = ({ carried = [] }: Proof): boolean => carried.length > 1

const fromIn = ({ networks }: Account, { isFromNamed }: Facts): From =>
  networks.length === 0 ? 'anywhere' : isFromNamed ? 'named' : 'elsewhere'

/** Of several proofs that fade the one that opens most. */
const FADING = ['card-printing', 'reading'] as const satisfies readonly PhaseNow[]

/** Restrictions on every row. Their words stand beside those of the rows. */
export type NarrowingId =
  | `hold-${Forbidden}`
  | 'outside-networks'
  | 'opted-out-penny'
  | 'opted-out-limits'
  | 'paper'

interface Deciding {
  readonly situation: Situation
  readonly facts: Facts
  readonly now: Instant
}

interface Narrowing {
  readonly id: NarrowingId
  readonly when: (deciding: Deciding) => boolean
  readonly takes: (rights: Rights, facts: Facts) => Rights
}

const withoutMoney = (rights: Rights): Rights => ({
  ...rights,
  withdrawalPerDayUsd: 0,
  withdrawalPer5DaysUsd: 0,
})

const withoutTrading = (rights: Rights): Rights => ({
  ...rights,
  trading: false,
  tradePenny: false,
})

const NARROWINGS: readonly Narrowing[] = [
  {
    id: 'hold-trading',
    when: (deciding) => isForbidden('trading', deciding),
    takes: withoutTrading,
  },
  {
    id: 'hold-withdrawals',
    when: (deciding) => isForbidden('withdrawals', deciding),
    takes: withoutMoney,
  },
  {
    id: 'hold-binding',
    when: (deciding) => isForbidden('binding', deciding),
    takes: (rights) => ({ ...rights, bind: false }),
  },
  {
    // What the client has asked for: trading is open from the named networks alone (R130).
    id: 'outside-networks',
    when: ({ situation }) => situation.from === 'elsewhere',
    takes: withoutTrading,
  },
  {
    // An attacker with a password moves the price of what hardly trades; from a named network they
    // cannot (R130).
    id: 'opted-out-penny',
    when: ({ situation }) => situation.optedOut && situation.from === 'anywhere',
    takes: (rights) => ({ ...rights, tradePenny: false }),
  },
  {
    // The price of opting out, however this login was confirmed (R130).
    id: 'opted-out-limits',
    when: ({ situation }) => situation.optedOut,
    takes: (rights, { limits: { 1: lowest } }) => ({
      ...rights,
      withdrawalPerDayUsd: least(rights.withdrawalPerDayUsd, lowest[0]),
      withdrawalPer5DaysUsd: least(rights.withdrawalPer5DaysUsd, lowest[1]),
    }),
  },
  // Simulated money is never paid out.
  {
    id: 'paper',
    when: ({ facts: { account } }) => account?.environment === 'paper',
    takes: withoutMoney,
  },
]

export const NARROWING_IDS: readonly NarrowingId[] = NARROWINGS.map(({ id }) => id)

function narrowed(all: Rights, deciding: Deciding): Pick<Decision, 'narrowed' | 'rights'> {
  let rights = all
  const ids: NarrowingId[] = []
  for (const { id, when, takes } of NARROWINGS) {
    if (!when(deciding)) continue
    const left = takes(rights, deciding.facts)
    if (isSame(left, rights)) continue
    rights = left
    ids.push(id)
  }
  return { narrowed: ids, rights }
}

const isSame = (one: Rights, other: Rights): boolean =>
  one.trading === other.trading &&
  one.tradePenny === other.tradePenny &&
  one.bind === other.bind &&
  one.withdrawalPerDayUsd === other.withdrawalPerDayUsd &&
  one.withdrawalPer5DaysUsd === other.withdrawalPer5DaysUsd

const isForbidden = (what: Forbidden, { facts: { holds }, now }: Deciding): boolean =>
  holds.some(({ forbids, until }) => now < until && forbids.includes(what))

function nextChange({ proofs, account, holds }: Facts, now: Instant): Instant | null {
  const ends = [
    ...proofs.flatMap(({ phases = [] }) => phases.map(({ until }) => until)),
    ...holds.map(({ until }) => until),
    ...(account?.tradesFrom ? [account.tradesFrom] : []),
  ].filter((end) => now < end)
  return ends.length === 0 ? null : ends.reduce(earlier)
}

/** The cut-off and every hold on trading must be over. */
function waitsUntil({ account, holds }: Facts, now: Instant): Instant | null {
  const ends = [
    ...(account?.tradesFrom ? [account.tradesFrom] : []),
    ...holds.filter(({ forbids }) => forbids.includes('trading')).map(({ until }) => until),
  ].filter((end) => now < end)
  return ends.length === 0 ? null : ends.reduce(later)
}

const later = (one: Instant, other: Instant): Instant => (one > other ? one : other)

/** Why a session may not come in at a platform, in words for its holder, and when it may. */
export interface Obstacle {
  readonly problem: Problem
  readonly until: Instant | null
}

/** Why these rights do not open a platform; `null` when they do. */
export function obstacleAt(
  { purpose }: Pick<Platform, 'purpose'>,
  decision: Decision,
): Obstacle | null {
  const { portal, trading } = decision.rights
  const isOpen = {
    portal: portal !== 'closed',
    trading,
    statements: portal === 'full' || portal === 'statements',
    other: portal === 'full',
  }[purpose]
  if (isOpen) return null
  const isNarrowed = (id: NarrowingId) => purpose === 'trading' && decision.narrowed.includes(id)
  const problem = isNarrowed('hold-trading')
    ? 'account.on-hold'
    : isNarrowed('outside-networks')
      ? 'account.outside-networks'
      : REASONS[decision.row]
  const isWaiting = problem === 'account.approved-late' || problem === 'account.on-hold'
  return { problem, until: isWaiting ? decision.tradesFrom : null }
}

/** What each row says to a client who wanted more than it opens. */
const REASONS: Readonly<Record<RowId, Problem>> = {
  'access-over': 'account.access-over',
  waiting: 'account.on-hold',
  'card-printing': 'account.card-printing-only',
  'passcode-binds': 'account.passcode-binds-only',
  'code-one-way': 'account.code-one-way',
  'closed-unproven': 'session.insufficient',
  closed: 'account.closed',
  'opted-out-first': 'session.insufficient',
  'opted-out': 'session.insufficient',
  'first-binding': 'login.no-authenticator',
  'password-only': 'session.insufficient',
  applied: 'account.not-approved',
  'approved-late': 'account.approved-late',
  trades: 'session.insufficient',
}

/**
 * Whether what was proven is enough for a platform. That is what the platform asks, or a password
 * alone where the table opens it to one: to a client who has opted out, and to the statements of a
 * closed account. A platform that asks for more than the least keeps asking.
 */
export function suffices(
  { purpose, needs }: Pick<Platform, 'purpose' | 'needs'>,
  { strength, decision }: { readonly strength: Acr; readonly decision: Decision },
): boolean {
  if (atLeast(strength, needs)) return true
  const isLowered = purpose === 'statements' || (purpose === 'trading' && needs === '2t')
  return isLowered && strength === '1' && obstacleAt({ purpose }, decision) === null
}

/** The highest strength: what such a login may not do, no login may. */
const STRONGEST: Proof = { method: '', acr: '4', amr: [] }

/** Why no login of this account could come in at a platform, whatever was proven. */
export const closedDoor = (
  platform: Pick<Platform, 'purpose'>,
  facts: Omit<Facts, 'proofs'>,
  now: Instant,
): Obstacle | null => obstacleAt(platform, rightsOf({ ...facts, proofs: [STRONGEST] }, now))

/** The least that a login must prove to come in at a platform. */
export function neededAt(
  { purpose, needs }: Pick<Platform, 'purpose' | 'needs'>,
  facts: Omit<Facts, 'proofs'>,
  now: Instant,
): Acr {
  const { standing, second, optedOut } = situationOf({ ...facts, proofs: [] }, now)
  const isClosed = standing === 'closed-by-client' || standing === 'closed-by-broker'
  // Statements of a closed account: as it was when the client could still be asked for more (R028,
  // C10).
  if (isClosed && (purpose === 'portal' || purpose === 'statements'))
    return second === 'bound' ? needs : '1'
  if (purpose === 'portal' && second === 'never') return '1'
  // Opting out lowers what every platform asks; one that asks for more keeps asking.
  if (purpose === 'trading' && optedOut && needs === '2t') return '1'
  return needs
}
