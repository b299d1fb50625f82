import type { Role } from '#core/desk/role.ts'
import { days } from '#core/time/time.ts'

/**
 * What the desk does on a case, and what it takes: the proof of the caller opens the deed, and no
 * role does without it. One table decides; `docs/desk-rights.md` is written from it.
 *
 * @see security A13, A14, S70; requirements R030, R092, R098, R123, R124, R155
 */

/** How well the caller has proven who they are, weakest first. */
export const LEVELS = ['none', 'L1', 'L2', 'L3'] as const
export type Level = (typeof LEVELS)[number]

export const isLevelAtLeast = (level: Level, needed: Level): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(needed)

/**
 * What one proof is for. A proof opens deeds of one class: a caller never gets a password and a
 * device in one call (A13).
 */
export const CLASSES = ['stop', 'access', 'device', 'password'] as const
export type DeedClass = (typeof CLASSES)[number]

/** What is only looked at takes no proof, and so no warrant. */
export const LOOK = 'look'

/** Classes by which the way in changes: one of them per client in a day. */
export const CHANGES: readonly DeedClass[] = ['device', 'password']
export const CHANGES_APART = days(1)

/** What makes a deed riskier than it usually is. */
export const SIGNALS = [
  'contact-changed',
  'proof-failed',
  'strict-rules',
  'large-account',
  'issued-lately',
  'no-known-browser',
  'unmasked-often',
  'pressed',
] as const
export type Signal = (typeof SIGNALS)[number]

/** Repeated: nothing is unusual but that it was done lately. */
export const RISKS = ['ordinary', 'repeated', 'raised'] as const
export type Risk = (typeof RISKS)[number]

/** From which level one person does it alone, and from which with a second; `null` for never. */
interface Needs {
  readonly alone: Level | null
  readonly together: Level | null
}

interface Row {
  readonly of: DeedClass | typeof LOOK
  readonly by: readonly Role[]
  readonly needs: Readonly<Record<Exclude<Risk, 'repeated'>, Needs>> & {
    /** Only for what has signals that say so. */
    readonly repeated?: Needs
  }
  /** Each of them raises the risk. */
  readonly signals: readonly Signal[]
  /** Each of them says that it was done lately. */
  readonly repeats?: readonly Signal[]
}

const DESK = ['agent', 'supervisor'] as const satisfies readonly Role[]

/**
 * What ends by itself takes no proof: a thief is not to have more time than a call takes. Each of
 * these is done once a day for a caller who proves nothing (A28).
 */
const FREE = {
  of: 'stop',
  by: DESK,
  needs: {
    ordinary: { alone: 'none', together: null },
    raised: { alone: 'none', together: null },
  },
  signals: [],
} as const satisfies Row

/**
 * What only its holder brings back takes one proof of any kind (S70), whatever is unusual: a
 * stranger who knows a name must not take a client’s devices from them (A28).
 */
const STOP = {
  ...FREE,
  needs: {
    ordinary: { alone: 'L1', together: null },
    raised: { alone: 'L1', together: null },
  },
} as const satisfies Row

/** What lets a person in takes two people wherever something is unusual (A13). */
const TWO_IF_RAISED = {
  ordinary: { alone: 'L2', together: 'L1' },
  raised: { alone: null, together: 'L2' },
} as const satisfies Row['needs']

const USUAL = [
  ...(['contact-changed', 'proof-failed', 'pressed', 'strict-rules', 'large-account'] as const),
] as const

/** What is half of a login at most: it opens nothing without the password and the second step. */
const ACCESS = {
  of: 'access',
  by: DESK,
  needs: {
    ordinary: { alone: 'L1', together: null },
    raised: { alone: 'L2', together: null },
  },
  signals: USUAL,
} as const satisfies Row

export const DEED_TABLE = {
  'block-device': STOP,
  'end-sessions': FREE,
  'end-passcode': STOP,
  freeze: FREE,
  'unlock-name': ACCESS,
  'tell-user-name': ACCESS,
  'issue-passcode': {
    of: 'device',
    by: DESK,
    // Whose passcode has expired has nothing else in hand: the proof of the first one is enough.
    needs: { ...TWO_IF_RAISED, repeated: { alone: null, together: 'L1' } },
    signals: [...USUAL, 'no-known-browser'],
    repeats: ['issued-lately'],
  },
  'release-passcode': {
    of: 'device',
    by: DESK,
    needs: TWO_IF_RAISED,
    signals: [...USUAL, 'no-known-browser'],
  },
  // What comes by post lets in a person who has its PIN too, and proves it in the portal.
  'replace-device': { of: 'device', by: DESK, needs: TWO_IF_RAISED, signals: USUAL },
  'reset-password': { of: 'password', by: DESK, needs: TWO_IF_RAISED, signals: USUAL },
  // One field, for a caller who has proven nothing yet: an agent who looks often is not alone.
  unmask: {
    of: LOOK,
    by: DESK,
    needs: {
      ordinary: { alone: 'none', together: null },
      raised: { alone: null, together: 'none' },
    },
    signals: ['unmasked-often'],
  },
} as const satisfies Readonly<Record<string, Row>>

export type Deed = keyof typeof DEED_TABLE

export const DEEDS = Object.keys(DEED_TABLE) as readonly Deed[]

export const classOf = (deed: Deed): DeedClass | typeof LOOK => rowOf(deed).of

const rowOf = (deed: Deed): Row => DEED_TABLE[deed]

/** Whether it is done for a caller who has proven nothing. */
export const isFree = (deed: Deed): boolean => rowOf(deed).needs.raised.alone === 'none'

/** Whether nothing but a proof of the caller opens it. */
export const takesProof = (deed: Deed): boolean =>
  risksOf(deed).every((risk) => {
    const { alone, together } = needsOf(deed, risk)
    return alone !== 'none' && together !== 'none'
  })

/** How risky this deed can be. */
export const risksOf = (deed: Deed): readonly Risk[] =>
  RISKS.filter((risk) => rowOf(deed).needs[risk] !== undefined)

/** What it takes; a deed that is never repeated is an ordinary one. */
export const needsOf = (deed: Deed, risk: Risk): Needs => {
  const { needs } = rowOf(deed)
  return needs[risk] ?? needs.ordinary
}

/** The signals that count for this deed, among those that there are. */
export const countedSignals = (deed: Deed, there: readonly Signal[]): readonly Signal[] => {
  const { signals, repeats = [] } = rowOf(deed)
  return [...signals, ...repeats].filter((signal) => there.includes(signal))
}

/** How risky it is, with what is unusual. */
export function riskOfDeed(deed: Deed, there: readonly Signal[]): Risk {
  const counted = countedSignals(deed, there)
  if (counted.length === 0) return 'ordinary'
  return counted.every((one) => rowOf(deed).repeats?.includes(one)) ? 'repeated' : 'raised'
}

/** What a deed meets: who asks, how well the caller is proven, and what is unusual. */
export interface Situation {
  readonly deed: Deed
  readonly role: Role
  readonly level: Level
  readonly risk: Risk
}

/** Whether it may be done; if not, what is missing. */
export type DeedDecision =
  | { readonly may: 'alone' }
  | { readonly may: 'second-person' }
  | {
      readonly may: 'not-proven'
      readonly needs: Level
      /** What would do with a second person, where that is less. */
      readonly together?: Level
    }
  | { readonly may: 'not-this-role' }

export function decided({ deed, role, level, risk }: Situation): DeedDecision {
  const { by } = rowOf(deed)
  if (!by.includes(role)) return { may: 'not-this-role' }
  const { alone, together } = needsOf(deed, risk)
  if (alone !== null && isLevelAtLeast(level, alone)) return { may: 'alone' }
  if (together !== null && isLevelAtLeast(level, together)) return { may: 'second-person' }
  const least = alone ?? together
  if (least === null) throw new Error(`no level opens ${deed}`)
  const isLess = together !== null && !isLevelAtLeast(together, least)
  return { may: 'not-proven', needs: least, ...(isLess && { together }) }
}

/** Roles that do something on a case at all: the others open none. */
export const worksOnCases = (role: Role): boolean =>
  DEEDS.some((deed) => rowOf(deed).by.includes(role))
