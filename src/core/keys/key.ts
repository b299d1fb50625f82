import { SESSION_ABSOLUTE } from '#core/sessions/session.ts'
import { after, type Instant, type Millis, hours, minutes, seconds } from '#core/time/time.ts'

/**
 * The keys of an installation. Each kind has one that is used and, while it is exchanged, others
 * beside it:
 *
 *   next ──all nodes know it──▶ active ──the next is active──▶ old ──no row needs it──▶ retired
 *
 * @see NIST SP 800-57 part 1, section 5.3.4, "Cryptoperiods"
 */
export const KEY_KINDS = [
  'root',
  'sealing',
  'pepper',
  'tokens',
  'lookup',
  'oidc',
  'vapid',
  'audit',
] as const
export type KeyKind = (typeof KEY_KINDS)[number]

export const isKeyKind = (text: string): text is KeyKind =>
  (KEY_KINDS as readonly string[]).includes(text)

export type KeyState = 'next' | 'active' | 'old' | 'retired'

export interface ManagedKey {
  readonly kind: KeyKind
  /** Counts up within its kind, and never comes again. */
  readonly id: number
  readonly state: KeyState
  /** When it came into this state. */
  readonly since: Instant
}

/** Ids stand in two bytes of each sealed value. */
export const KEY_ID_MAX = 65_535

/** How often a node looks for keys that another one has made. */
export const KEYS_READ_EVERY: Millis = seconds(10)

/** A node that has not been seen for so long has ended. */
export const NODE_GONE_AFTER: Millis = minutes(2)

interface Rule {
  /**
   * How long a new key is known before it is used: to our nodes, and to those outside who keep what
   * was published.
   */
  readonly known: Millis
  /** How long an old key is kept at least, also where no row needs it. */
  readonly kept: Millis
}

/** Several looks of a node fit into it, and any commit that was begun before. */
const BY_NODES = { known: minutes(1), kept: minutes(10) } as const

/**
 * Relying parties keep the set of keys for an hour at most. A token of the last minute names its
 * client until the end of the session, at `end_session`.
 */
const RULES: Readonly<Record<KeyKind, Rule>> = {
  root: BY_NODES,
  sealing: BY_NODES,
  pepper: BY_NODES,
  // A page may stand open for a day.
  tokens: { ...BY_NODES, kept: hours(24) },
  lookup: BY_NODES,
  oidc: { known: hours(1), kept: SESSION_ABSOLUTE },
  vapid: BY_NODES,
  audit: BY_NODES,
}

/** From when on a new key may be used, if all nodes know it by then. */
export const usableFrom = ({ kind, since }: Pick<ManagedKey, 'kind' | 'since'>): Instant =>
  after(since, RULES[kind].known)

/** Until when an old key is kept in any case. */
export const keptUntil = ({ kind, since }: Pick<ManagedKey, 'kind' | 'since'>): Instant =>
  after(since, RULES[kind].kept)

/** How a node says that it knows a key in this state. */
export const known = ({ kind, id, state }: Pick<ManagedKey, 'kind' | 'id' | 'state'>): string =>
  `${kind}/${id}/${state}`
