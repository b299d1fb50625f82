import type { AuditSubject } from '#core/events/event.ts'

/**
 * Who hears of an event. Each capability decides it for each of its events, in one table beside
 * them; an event that is not decided does not compile.
 */
export interface Hearing<E> {
  /**
   * The line of the client's own activity. It says what happened and never who of us did it, what
   * was typed, or why exactly it was refused: an attacker in a stolen session reads it too.
   */
  readonly activity: Told<E, Line>
  /** What the client is told by mail, text or letter (R131, S11, S68, S71). */
  readonly notice: Told<E, NoticeKind>
  /** Whether an agent of the desk reads it beside the client's name. */
  readonly desk: boolean
  /** Whether the operator's monitoring counts it. */
  readonly counted: boolean
}

/** The same for every event of this kind, or depending on what it says; `null` for nothing. */
export type Told<E, T> = T | null | ((event: E) => T | null)

/** A decision for every event of a capability. */
export type Hearings<F extends { readonly kind: string }> = {
  readonly [K in F['kind']]: Hearing<AuditSubject & Extract<F, { readonly kind: K }>>
}

/** What is told of this event. */
export function told<T extends string>(by: Told<never, T>, event: object): T | null {
  // The compiler has paired kinds and functions in the tables; here it sees only one of many.
  return typeof by === 'function' ? (by as (event: object) => T | null)(event) : by
}

/** What helps a client who says "this was not me"; `null` where only we can have done it. */
export type Remedy = 'session' | 'password' | 'guess' | 'device' | 'setting' | 'desk'

/** Every line there is. Their words stand in `locales/` under `activity.line`. */
export const LINES = {
  'logged-in': 'session',
  'login-unfinished': 'password',
  'login-over': 'password',
  'password-wrong': 'guess',
  'password-elsewhere': 'password',
  'password-right': 'password',
  'not-opened': 'password',
  'nothing-to-confirm': 'password',
  'all-locked': 'password',
  asked: 'password',
  'answer-right': 'session',
  'answer-wrong': 'password',
  'identity-refused': 'device',
  denied: 'password',
  'denied-not-me': 'password',
  'session-lifted': 'session',
  'logged-out': null,
  'session-ended': 'session',
  'session-ended-by-us': null,
  'session-ended-not-me': null,
  'session-ended-rules': null,
  'browser-new': 'session',
  'browser-forgotten': 'setting',
  'browsers-forgotten': 'setting',
  'browser-blocked': null,

  'setup-begun': 'device',
  'setup-cancelled': 'device',
  'setup-code-wrong': 'device',
  'device-bound': 'device',
  'device-waiting': 'device',
  'device-stopped': 'device',
  'device-renamed': 'setting',
  'device-changed': 'device',
  'device-change-refused': 'device',
  'pin-refused': 'device',
  'pin-tries': 'device',
  'device-lost': 'setting',
  'device-paused': null,
  'device-back': 'device',
  'device-ended': 'setting',
  'device-ended-by-us': null,
  'device-issued': 'device',
  'device-released': 'device',
  'device-locked': 'password',
  'device-copied': 'device',
  'device-examined': 'device',
  'device-copy-suspected': 'device',

  'password-changed': 'password',
  'password-reset': 'password',
  'password-reset-started': 'password',

  'task-opened': 'setting',
  'task-approved': 'setting',
  'task-used': 'setting',
  'task-cancelled': 'setting',
  'task-refused': 'setting',

  'contact-begun': 'setting',
  'contact-cancelled': 'setting',
  'contact-code-wrong': 'setting',
  'contact-verified': 'setting',
  'contact-set': 'setting',
  'contact-move-asked': 'setting',
  'contact-move-cancelled': 'setting',
  'name-set': null,
  'identity-set': null,
  'language-set': 'setting',
  'seamless-on': 'setting',
  'seamless-off': 'setting',
  'asked-first': 'setting',
  'opted-out': 'setting',
  'opted-in': 'setting',
  'network-added': 'setting',
  'network-removed': 'setting',
  'leave-given': 'setting',
  'leave-taken': null,
  'primary-set': null,

  'order-placed': 'setting',
  'order-withdrawn': 'setting',
  'order-packed': null,
  'order-sent': null,
  'order-relabelled': null,
  'order-delivered': null,
  'order-lost': null,
  'order-sent-late': null,
  'order-active': 'device',
  'order-proof-wrong': 'device',
  'device-returning': 'setting',
  'device-returned': null,
  'deposit-held': null,
  'deposit-due': null,
  'deposit-released': null,
  'deposit-charged': null,
  'deposit-refunded': null,

  'sharing-asked': 'setting',
  'sharing-withdrawn': 'setting',
  'sharing-offered': null,
  'sharing-declined': 'setting',
  'sharing-refused': 'setting',
  'device-shared': 'device',

  'statement-added': null,
  'submission-received': 'session',
  'submission-mailed': null,
  'submission-accepted': null,
  'submission-asked-again': null,
  'submission-rejected': null,
  'statement-removed': null,
  'statement-downloaded': 'session',

  'letter-posted': null,
  'trade-executed': 'setting',
  'transfer-executed': 'setting',
  'trade-notices-set': 'setting',
  'alerts-set': 'setting',
  'texts-stopped': 'setting',
  'texts-resumed': 'setting',
  joined: null,
  'name-unlocked': null,
  'account-created': null,
  'account-approved': null,
  'account-opened': null,
  'account-closed': null,
  'account-relocated': null,
  'residence-recorded': null,
  'rules-changed': null,
  'hold-started': null,
  'hold-ended': null,

  'desk-looked': 'desk',
  'desk-read-record': 'desk',
  'desk-will-call': 'desk',
  'desk-unmasked': 'desk',
  'desk-asked': 'desk',
  'desk-proven': 'desk',
  'desk-called-back': 'desk',
  'desk-not-proven': 'desk',
  'desk-acted': 'desk',
  'desk-stopped': 'desk',
  'desk-denied': null,
  // The line of the call itself has "I did not call".
  'desk-reread': null,
} as const satisfies Readonly<Record<string, Remedy | null>>

export type Line = keyof typeof LINES

/** What a client hears of, by mail, text or letter. */
export type NoticeKind =
  | 'device-bound'
  | 'device-back'
  | 'device-waiting'
  | 'device-stopped'
  | 'device-changed'
  | 'device-suspended'
  | 'device-ended'
  | 'device-locked'
  | 'device-copied'
  | 'device-copy-suspected'
  | 'new-browser'
  | 'logged-in'
  | 'data-changed'
  | 'browser-forgotten'
  | 'not-confirmed'
  | 'not-answered'
  | 'denied'
  | 'contact-changed'
  | 'password-changed'
  | 'password-reset'
  | 'opted-out'
  | 'opted-in'
  | 'network-added'
  | 'network-removed'
  | 'leave-given'
  | 'rules-changed'
  | 'order-placed'
  | 'order-withdrawn'
  | 'order-sent'
  | 'order-relabelled'
  | 'order-delivered'
  | 'order-lost'
  | 'order-active'
  | 'sharing-offered'
  | 'device-shared'
  | 'device-returning'
  | 'device-returned'
  | 'deposit-held'
  | 'deposit-due'
  | 'deposit-released'
  | 'deposit-charged'
  | 'deposit-charged-lost'
  | 'deposit-charged-broken'
  | 'deposit-refunded'
  | 'texts-stopped'
  | 'withdrawal-approved'
  | 'payee-approved'
  | 'api-key-approved'
  | 'address-approved'
  | 'trades'
  | 'submission-mailed'
  | 'submission-accepted'
  | 'submission-asked-again'
  | 'submission-rejected'
  | 'transfer-executed'
  | 'trade-notices-set'
  | 'desk-proven'
  | 'desk-called-back'
  | 'desk-acted'
  | 'desk-unmasked'
  | 'desk-stopped'
  | 'desk-denied'

/** What a client is told where the rules of their place ask for it, and nowhere else (R131). */
export const WHERE_ASKED: readonly NoticeKind[] = ['logged-in', 'data-changed']

/** What also goes out as a text: a client who reads no mail today still wants to stop a thief. */
export const URGENT: readonly NoticeKind[] = [
  ...(['device-bound', 'device-back', 'device-waiting', 'device-ended', 'device-copied'] as const),
  ...(['device-shared', 'order-placed', 'order-active'] as const),
  ...(['contact-changed', 'password-changed', 'password-reset'] as const),
  ...(['denied', 'texts-stopped'] as const),
  ...(['withdrawal-approved', 'payee-approved'] as const),
  ...(['api-key-approved', 'address-approved'] as const),
  ...(['transfer-executed', 'trade-notices-set'] as const),
  ...(['desk-acted', 'desk-stopped', 'desk-denied', 'desk-called-back'] as const),
]
