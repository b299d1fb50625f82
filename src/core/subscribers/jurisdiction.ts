import { type Acr, stronger } from '#core/assurance.ts'
import type { AccountId, ReasonId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import type { TaskKind } from '#core/task-details.ts'
import type { Instant, Millis } from '#core/time/time.ts'

/**
 * Whose rules apply to a client: those of the country of residence that each account records
 * (R132). The rules of a place are data, one file each in `jurisdictions/`, with the text that asks
 * for them; a table of countries, which the operator may change, says which place a residence
 * belongs to.
 *
 * Nothing of it is stored with an account but the residence, and what the back office has set
 * instead of it. So a table that changes applies to all accounts at once.
 */

/** What a place asks beyond what this server does anyway. */
export interface Rules {
  /** Whether a client may trade without a second factor (R128, R129, R130). */
  readonly optOut: boolean
  /**
   * Whether a password and a temporary passcode are two factors (C5); if not, they bind a second
   * one, and no more.
   */
  readonly passcodeTrades: boolean
  /**
   * Whether every approval on a phone carries the number of the page; if not, the installation
   * decides.
   */
  readonly transfer: 'always' | 'as-set'
  /** Whether a new phone may be set up with a text message alone. */
  readonly migrationByText: boolean
  /** Longest time without use after which a session ends, where that is less than everywhere. */
  readonly idle: Millis | null
  /**
   * Most wrong answers in a row that an authenticator survives, where that is less than its own.
   */
  readonly failuresMax: number | null
  /**
   * Whether a wrong password leads on to a second step as a right one does (`login.decoy`). The
   * whole installation does it or none: done for some names alone, it would tell which ones.
   */
  readonly decoys: 'always' | 'as-set'
  /**
   * Whether a client is told of every login and of every change of their data, by another way than
   * the one that was used, and of trades unless they say no (R131); if not, of what is unusual.
   */
  readonly notices: 'always' | 'as-set'
  /**
   * Whether the code of a login goes to the client's mail besides the number; if not, to the number
   * alone (R129).
   */
  readonly codeChannels: 'text-and-mail' | 'text'
  /**
   * Whether a device, such as the phone or a passkey, is asked before a text also where its client
   * has not used it yet (R129); if not, what they have used.
   */
  readonly askedFirst: 'device' | 'as-used'
  /** The least that confirms a task, where that is more than everywhere (`TASK_RULES`). */
  readonly taskFactors: TaskFactors
  /** The shortest PIN of a phone, where that is longer than the operator asks for (R067). */
  readonly phonePinLength: number | null
  /** Whether the PIN of a phone is made of digits alone; if not, the operator decides (R067). */
  readonly phonePinCharacters: 'digits' | 'as-set'
  /** Four characters each, sorted: no PIN of a phone or a card contains one (R068). */
  readonly pinBlocklist: readonly string[]
  /** How many years an accepted document is kept, where that is longer than everywhere. */
  readonly documentsKept: number | null
}

export type TaskFactors = { readonly [Kind in TaskKind]?: Acr }

export type RuleName = keyof Rules

export const RULE_NAMES = [
  'optOut',
  'passcodeTrades',
  'transfer',
  'migrationByText',
  'idle',
  'failuresMax',
  'decoys',
  'notices',
  'codeChannels',
  'askedFirst',
  'taskFactors',
  'phonePinLength',
  'phonePinCharacters',
  'pinBlocklist',
  'documentsKept',
] as const satisfies readonly RuleName[]

/** Where nothing else is asked. */
export const DEFAULT_RULES: Rules = {
  optOut: true,
  passcodeTrades: true,
  transfer: 'as-set',
  migrationByText: true,
  idle: null,
  failuresMax: null,
  decoys: 'as-set',
  notices: 'as-set',
  codeChannels: 'text',
  askedFirst: 'as-used',
  taskFactors: {},
  phonePinLength: null,
  phonePinCharacters: 'as-set',
  pinBlocklist: [],
  documentsKept: null,
}

/** Tasks that a place may ask more for: none that temporary access needs to bind a device again. */
export const FACTOR_TASKS = [
  ...(['withdrawal', 'payee', 'address', 'api_key', 'telephone', 'email', 'move'] as const),
  ...(['password', 'opt_out', 'opt_in', 'network_add', 'network_lift', 'network_remove'] as const),
  ...(['give_leave', 'share_device'] as const),
] as const satisfies readonly TaskKind[]

/** Rules, and what asks for each that is not the default. */
export interface Asked {
  readonly rules: Rules
  readonly sources: Readonly<Partial<Record<RuleName, Source>>>
}

/**
 * The place of a rule, and the text that asks for it, as a client may look it up. A rule that no
 * text of the place asks for says that it is one of the house.
 */
export interface Source {
  readonly place: Readonly<Record<'en' | 'fr', string>>
  readonly text: string
}

/** The rules of one place. */
export interface Profile extends Asked {
  /** The name of its file, such as `hk`. */
  readonly id: string
  readonly name: Readonly<Record<'en' | 'fr', string>>
  /** What the place asks and this server does everywhere. */
  readonly everywhere: readonly string[]
}

/** Every place that is known, and where each country belongs. */
export interface Jurisdictions {
  readonly profiles: ReadonlyMap<string, Profile>
  /** By two letters of ISO 3166-1; a country that is not named is under the default. */
  readonly countries: ReadonlyMap<string, string>
}

/** What decides which rules apply, without names and texts, as it is kept from start to start. */
export interface RulesTable {
  readonly rules: Readonly<Record<string, Rules>>
  readonly countries: Readonly<Record<string, string>>
}

export const tableOf = ({ profiles, countries }: Jurisdictions): RulesTable => ({
  rules: Object.fromEntries([...profiles].map(([id, { rules }]) => [id, rules])),
  countries: Object.fromEntries(countries),
})

/** Enough of the places to ask which rules applied; a rule that is newer was the default. */
export const jurisdictionsIn = ({ rules, countries }: RulesTable): Jurisdictions => ({
  profiles: new Map(
    Object.entries(rules).map(([id, told]) => [
      id,
      {
        id,
        name: { en: id, fr: id },
        rules: { ...DEFAULT_RULES, ...told },
        sources: {},
        everywhere: [],
      },
    ]),
  ),
  countries: new Map(Object.entries(countries)),
})

/** The place of an account without residence, or of a country that asks for nothing. */
export const DEFAULT = 'default'

/** The back office says that other rules apply than those of the residence, and why. */
export interface Override {
  readonly jurisdiction: string
  readonly reason: string
}

/** The longest reason, in code points. */
export const OVERRIDE_REASON_LENGTH_MAX = 200

/**
 * The words of the back office for a placing. They stand beside the log, which holds a digest of
 * them: they can be erased, and not exchanged.
 */
export interface Reason {
  readonly id: ReasonId
  readonly accountId: AccountId
  readonly words: string
  /** Random, so that words that were erased cannot be guessed from their digest. */
  readonly salt: string
  readonly at: Instant
}

/** What an account records of where it belongs. */
export interface Placed {
  readonly residence: string | null
  readonly override: Override | null
}

/** The place whose rules apply to an account. */
export function jurisdictionOf(
  { countries }: Jurisdictions,
  { residence, override }: Placed,
): string {
  if (override) return override.jurisdiction
  return residence === null ? DEFAULT : (countries.get(residence) ?? DEFAULT)
}

/**
 * What applies to a client with these accounts: of each rule the strictest that one of them asks
 * for. Accounts that are closed ask for nothing where another is left.
 */
export function rulesFor(
  jurisdictions: Jurisdictions,
  accounts: readonly (Placed & { readonly status: string })[],
): Asked {
  const ids = placesOf(jurisdictions, accounts)
  return strictestOf(ids.flatMap(({ id }) => profilesOf(jurisdictions, id)))
}

/** The places that decide what applies to a client with these accounts, each once. */
export function placesOf(
  jurisdictions: Jurisdictions,
  accounts: readonly (Placed & { readonly status: string })[],
): readonly { readonly id: string; readonly isKnown: boolean }[] {
  const left = accounts.filter(({ status }) => !status.startsWith('closed'))
  const ids = new Set(
    (left.length > 0 ? left : accounts).map((one) => jurisdictionOf(jurisdictions, one)),
  )
  return [...ids].map((id) => ({ id, isKnown: jurisdictions.profiles.has(id) }))
}

/** One that was set and is not known any more is taken for the strictest there is. */
function profilesOf({ profiles }: Jurisdictions, id: string): readonly Profile[] {
  const found = profiles.get(id)
  return found ? [found] : [...profiles.values()]
}

function strictestOf(all: readonly Profile[]): Asked {
  const [first, second] = all
  if (!first) return { rules: DEFAULT_RULES, sources: {} }
  if (!second) return first
  const rules = all.map((one) => one.rules).reduce(stricter)
  const sources = RULE_NAMES.flatMap((name) => {
    // Of a list that several places have added to, the first that asks for some of it.
    const asking = all.find((one) => isSameIn(name, one.rules, rules))
    const source = asking
      ? asking.sources[name]
      : all.find((one) => one.sources[name])?.sources[name]
    return source === undefined ? [] : [[name, source] as const]
  })
  return { rules, sources: Object.fromEntries(sources) }
}

const stricter = (one: Rules, other: Rules): Rules => ({
  optOut: one.optOut && other.optOut,
  passcodeTrades: one.passcodeTrades && other.passcodeTrades,
  transfer: one.transfer === 'always' ? one.transfer : other.transfer,
  migrationByText: one.migrationByText && other.migrationByText,
  idle: lesser(one.idle, other.idle),
  failuresMax: lesser(one.failuresMax, other.failuresMax),
  decoys: one.decoys === 'always' ? one.decoys : other.decoys,
  notices: one.notices === 'always' ? one.notices : other.notices,
  codeChannels: one.codeChannels === 'text-and-mail' ? one.codeChannels : other.codeChannels,
  askedFirst: one.askedFirst === 'device' ? one.askedFirst : other.askedFirst,
  taskFactors: strongestFactors(one.taskFactors, other.taskFactors),
  phonePinLength: greater(one.phonePinLength, other.phonePinLength),
  phonePinCharacters:
    one.phonePinCharacters === 'digits' ? one.phonePinCharacters : other.phonePinCharacters,
  pinBlocklist: [...new Set([...one.pinBlocklist, ...other.pinBlocklist])].toSorted(),
  documentsKept: greater(one.documentsKept, other.documentsKept),
})

const lesser = <N extends number>(one: N | null, other: N | null): N | null =>
  one === null || (other !== null && other < one) ? other : one

const greater = (one: number | null, other: number | null): number | null =>
  one === null || (other !== null && other > one) ? other : one

const strongestFactors = (one: TaskFactors, other: TaskFactors): TaskFactors =>
  Object.fromEntries(
    FACTOR_TASKS.flatMap((kind) => {
      const [mine, theirs] = [one[kind], other[kind]]
      const needed = mine && theirs ? stronger(mine, theirs) : (mine ?? theirs)
      return needed === undefined ? [] : [[kind, needed]]
    }),
  )

/** A list and a table are compared by what stands in them. */
const isSameIn = (name: RuleName, one: Rules, other: Rules): boolean =>
  one[name] === other[name] || canonicalJson({ ...one }[name]) === canonicalJson({ ...other }[name])

/** Whether a place asks for nothing by this rule. */
export const isDefault = (name: RuleName, rules: Rules): boolean =>
  isSameIn(name, rules, DEFAULT_RULES)

/** Whether these rules take nothing away that the rules before them allowed. */
export function isNoStricter(now: Rules, before: Rules): boolean {
  const both = stricter(now, before)
  return RULE_NAMES.every((name) => isSameIn(name, both, before))
}

/** Whether two clients with these rules are asked for the same. */
export const areSame = (one: Rules, other: Rules): boolean =>
  RULE_NAMES.every((name) => isSameIn(name, one, other))

/** Where an account is to be, as the back office says it. */
export interface Placing {
  /** Left out, it stays what it is. */
  readonly residence?: string | null | undefined
  /** Left out, another residence decides, and the same one changes nothing. */
  readonly jurisdiction?: string | undefined
  /** Why other rules than those of the residence, or laxer ones than until now. */
  readonly reason?: string | undefined
}

export type PlacingStep =
  | ({ readonly ok: true } & Placed)
  | {
      readonly ok: false
      readonly problem:
        | 'account.unknown-jurisdiction'
        | 'account.override-without-reason'
        | 'account.laxer-without-reason'
    }

/** A new account: where its holder lives is not recorded. */
const UNPLACED: Placed = { residence: null, override: null }

/**
 * The residence decides. Rules that are named and are its own are no override; others need a
 * reason. What is said again changes nothing, so a program that repeats a residence every night
 * takes back no override.
 *
 * A client who lives elsewhere now is under the rules of that country without further words. Laxer
 * rules for any other cause need a reason: a residence that is not known any more, or an override
 * that goes.
 */
export function placed(
  jurisdictions: Jurisdictions,
  { residence: said, jurisdiction, reason }: Placing,
  present: Placed = UNPLACED,
): PlacingStep {
  const residence = said === undefined ? present.residence : said
  const own = jurisdictionOf(jurisdictions, { residence, override: null })
  const isSame = residence === present.residence
  const now = jurisdictionOf(jurisdictions, present)
  if (isSame && reason === undefined && (jurisdiction ?? now) === now)
    return { ok: true, ...present }
  const named = jurisdiction ?? (isSame ? now : own)
  if (!jurisdictions.profiles.has(named))
    return { ok: false, problem: 'account.unknown-jurisdiction' }
  if (named !== own) {
    if (reason === undefined) return { ok: false, problem: 'account.override-without-reason' }
    return { ok: true, residence, override: { jurisdiction: named, reason } }
  }
  const to = { residence, override: null }
  const isMove = residence !== null && present.override === null
  if (!isMove && reason === undefined && isLaxer(jurisdictions, to, present))
    return { ok: false, problem: 'account.laxer-without-reason' }
  return { ok: true, ...to }
}

/** Whether an account loses a rule there that it is under now. */
const isLaxer = (jurisdictions: Jurisdictions, to: Placed, present: Placed): boolean => {
  const rulesOf = (place: Placed) => rulesFor(jurisdictions, [{ ...place, status: 'open' }]).rules
  return !isNoStricter(rulesOf(present), rulesOf(to))
}
