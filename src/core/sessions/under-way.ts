/**
 * What a client can have begun, and which acts end it.
 *
 * Whatever is under way belongs to a session and to a state of its client. It ends in the same
 * commit as that session or that state; and where it is completed, the commit names both once more,
 * so that nothing is completed that was ended a moment before.
 *
 * | thing        | what it is                                                                        |
 * |--------------|-----------------------------------------------------------------------------------|
 * | `enrolment`  | an invitation for a phone, a binding on a page, an address that is being proven    |
 * | `task`       | a sensitive task, open or approved                                                 |
 * | `draft`      | an order that is not placed yet                                                    |
 * | `order`      | that an ordered card is accepted on its day, although no response has proven it    |
 * | `change`     | a new PIN of a card that is chosen and not proven                                  |
 * | `successor`  | a phone that waits to take the place of another                                    |
 * | `reset-code` | a code of the desk for a forgotten password                                        |
 * | `login`      | a login that has not opened its session yet, a reset among them                    |
 *
 * The state of a client is a number, the security stamp. It moves with every act that ends all
 * enrolments, tasks, drafts and changes at once: they carry the stamp they were begun in.
 *
 * An order stays when its day ends: its client proves with a response that the card has come, or
 * cancels the order as before. Its day ends with the acts by which a client says that an attacker
 * may be in.
 *
 * @see docs/threats.md, A9 and A12; security S12, S82, S85; NIST SP 800-63B-4, "Authenticator
 *   Event Management"
 */
export const UNDER_WAY = [
  'enrolment',
  'task',
  'draft',
  'order',
  'change',
  'successor',
  'reset-code',
  'login',
] as const

export type UnderWay = (typeof UNDER_WAY)[number]

/** Which of the client's things of one kind end: all, those of the sessions that end, or none. */
export type Extent = 'all' | 'of-sessions' | 'none'

interface Ends {
  readonly sessions: 'all' | 'others' | 'named' | 'none'
  /** Enrolments, tasks, drafts and changes: they share the stamp, so they end together. */
  readonly begun: Extent
  /**
   * Where all end, `begun` are all, too: orders are told apart by the stamp they were placed in.
   */
  readonly order: Extent
  readonly successor: Extent
  readonly resetCode: Exclude<Extent, 'of-sessions'>
  readonly login: Exclude<Extent, 'of-sessions'>
}

const EVERYTHING = {
  begun: 'all',
  order: 'all',
  successor: 'all',
  resetCode: 'all',
  login: 'all',
} as const satisfies Omit<Ends, 'sessions'>

const DEVICE_HELD = { ...EVERYTHING, order: 'none', successor: 'none', resetCode: 'none' } as const

/**
 * What was begun with rights, devices or rules that are not the same any more, and nothing besides.
 */
const ONLY_BEGUN = {
  begun: 'all',
  order: 'none',
  successor: 'none',
  resetCode: 'none',
  login: 'none',
} as const satisfies Omit<Ends, 'sessions'>

/** Every act that ends something which is under way. The name of an act is what was done. */
export const ENDINGS = {
  /**
   * A client logs out. A phone they have set up goes on waiting: it outlives sessions by design.
   */
  'log-out': {
    sessions: 'named',
    begun: 'of-sessions',
    order: 'none',
    successor: 'none',
    resetCode: 'none',
    login: 'none',
  },
  /**
   * What a client has just set up opens the session that takes the place of this one. What was
   * begun with less goes no further.
   */
  'session-lifted': {
    sessions: 'named',
    begun: 'of-sessions',
    order: 'none',
    successor: 'none',
    resetCode: 'none',
    login: 'none',
  },
  /**
   * A client ends one session that may not be theirs, and with it the phone that was set up in it.
   */
  'session-ended': {
    sessions: 'named',
    begun: 'of-sessions',
    order: 'of-sessions',
    successor: 'of-sessions',
    resetCode: 'none',
    login: 'none',
  },
  /** All sessions but this one. A login that is half done would be one more of them. */
  'others-ended': {
    sessions: 'named',
    begun: 'of-sessions',
    order: 'of-sessions',
    successor: 'of-sessions',
    resetCode: 'none',
    login: 'all',
  },
  'all-ended': { ...EVERYTHING, sessions: 'named' },
  'password-changed': { ...EVERYTHING, sessions: 'others' },
  'password-reset': { ...EVERYTHING, sessions: 'all' },
  /**
   * One caller may have forgotten the password and lost the phone: the code for the first stays.
   */
  'passcode-issued': { ...EVERYTHING, sessions: 'all', resetCode: 'none' },
  'passcode-revoked': { ...EVERYTHING, sessions: 'all', resetCode: 'none' },
  /**
   * A client reports a device lost or stolen. A phone that they set up before goes on waiting,
   * unless it was set up in a session that ends now: to stop the old phone afterwards is the honest
   * order, too.
   */
  'device-stopped': { ...EVERYTHING, sessions: 'others', successor: 'of-sessions' },
  'device-removed': { ...EVERYTHING, sessions: 'others', successor: 'of-sessions' },
  /**
   * What was bound or is back settles which phones wait in its own commit, and says nothing of
   * orders.
   */
  'device-bound': { ...DEVICE_HELD, sessions: 'others' },
  'device-returned': { ...DEVICE_HELD, sessions: 'others' },
  'device-replaced': { ...DEVICE_HELD, sessions: 'all' },
  /** The desk gives a device: what was begun with less than it is over; sessions are not. */
  'device-given': { ...ONLY_BEGUN, sessions: 'none' },
  /** A phone begins to wait: an act that has not seen it among what is held looks again. */
  'device-waiting': { ...ONLY_BEGUN, sessions: 'none' },
  /**
   * The client says that a call was not theirs. The caller may have been given anything of it, and
   * may be in.
   */
  'call-denied': { ...EVERYTHING, sessions: 'others' },
  /** The holder says that the phone that waits is a stranger's: so may be the rest. */
  'successor-stopped': { ...EVERYTHING, sessions: 'others' },
  /**
   * The holder says that a task on their phone is not theirs, or tells the desk that an attacker
   * may be in.
   */
  'not-me': { ...EVERYTHING, sessions: 'all' },
  /** The back office takes rights away: what was begun with them is begun again without. */
  held: { ...ONLY_BEGUN, sessions: 'none' },
  /** The same, and binding is among them: no phone waits to be bound. */
  'binding-held': { ...ONLY_BEGUN, sessions: 'none', successor: 'all' },
  /** Statements stay open to the same password (R028), so resets and logins go on. */
  'account-closed': { ...ONLY_BEGUN, sessions: 'named', successor: 'all' },
  /** Other rules apply, which forbid nothing that was allowed before. */
  'account-moved': { ...ONLY_BEGUN, sessions: 'named' },
  /**
   * Stricter rules apply. They may forbid how a login was confirmed, and that a phone takes the
   * place of another because of a text.
   */
  'rules-tightened': { ...ONLY_BEGUN, sessions: 'named', successor: 'all', login: 'all' },
  /** A client uses another client's account from now on, or no longer may change their settings. */
  'user-changed': { ...ONLY_BEGUN, sessions: 'named' },
} as const satisfies Readonly<Record<string, Ends>>

export type Ending = keyof typeof ENDINGS

export const ENDING_NAMES = Object.keys(ENDINGS) as readonly Ending[]

/** What becomes of one kind of thing with one act. */
export function extentOf(ending: Ending, thing: UnderWay): Extent {
  const ends: Ends = ENDINGS[ending]
  switch (thing) {
    case 'order':
      return ends.order
    case 'successor':
      return ends.successor
    case 'reset-code':
      return ends.resetCode
    case 'login':
      return ends.login
    default:
      return ends.begun
  }
}

/**
 * Whether the client is in another state afterwards, in which nothing that was begun before goes
 * on.
 */
export const movesStamp = (ending: Ending): boolean => extentOf(ending, 'enrolment') === 'all'

/** Whether every login that was begun before, and has not opened its session, is over. */
export const endsLogins = (ending: Ending): boolean => extentOf(ending, 'login') === 'all'

/** Whether no browser of the client fills in the user name any more, until the next login there. */
export const forgetsNames = (ending: Ending): boolean => FORGETTING.includes(ending)

/** By these a client says that others may be at their browsers, or may have what they hold. */
const FORGETTING: readonly Ending[] = ['all-ended', 'password-reset']

/** Whether no order that was placed before is accepted on its day. */
export const disownsOrders = (ending: Ending): boolean => extentOf(ending, 'order') === 'all'
