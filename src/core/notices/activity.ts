import type { AuditEvent } from '#core/audit/audit.ts'

/**
 * What a client reads of their own audit log: every event that concerns them as one line, and what
 * to do about it when they know nothing of it.
 *
 * A kind of event that this list does not know does not compile. A line says what happened and
 * never who of us did it, what was typed, or why exactly it was refused: whoever sits in a stolen
 * session reads it too.
 */

/** What helps whoever says "this was not me"; `null` where nobody but us can have done it. */
export type Remedy = 'session' | 'password' | 'guess' | 'device' | 'setting'

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
  'device-lost': 'setting',
  'device-paused': null,
  'device-back': 'device',
  'device-ended': 'setting',
  'device-ended-by-us': null,
  'device-issued': 'device',
  'device-released': 'device',
  'device-locked': 'password',
  'device-copied': 'device',
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
  'language-set': 'setting',
  'seamless-on': 'setting',
  'seamless-off': 'setting',
  'opted-out': 'setting',
  'opted-in': 'setting',
  'leave-given': 'setting',
  'leave-taken': null,
  'primary-set': null,

  'order-placed': 'setting',
  'order-withdrawn': 'setting',
  'order-sent': null,
  'order-sent-late': null,
  'order-active': 'device',
  'order-proof-wrong': 'device',
  'device-returning': 'setting',
  'device-returned': null,

  'letter-posted': null,
  'texts-stopped': 'setting',
  'texts-resumed': 'setting',
  joined: null,
  'name-unlocked': null,
  'account-created': null,
  'account-approved': null,
  'account-opened': null,
  'account-closed': null,
  'account-relocated': null,
  'hold-started': null,
  'hold-ended': null,
} as const satisfies Readonly<Record<string, Remedy | null>>

export type Line = keyof typeof LINES

type Told<K> = Line | null | ((event: Extract<AuditEvent, { readonly kind: K }>) => Line | null)

const ACTIVITIES: { readonly [K in AuditEvent['kind']]: Told<K> } = {
  // How it ended says that it began.
  'login.started': null,
  'login.password-refused': ({ reason }) => PASSWORD_LINES[reason],
  'login.password-accepted': ({ decoy }) => (decoy ? 'password-wrong' : 'password-right'),
  'login.identity-refused': ({ disabled }) => (disabled ? 'device-locked' : 'identity-refused'),
  'login.challenged': 'asked',
  'login.answer-accepted': 'answer-right',
  'login.answer-refused': ({ disabled, over }) =>
    disabled ? 'device-locked' : over ? 'login-over' : 'answer-wrong',
  'login.denied': ({ notMe }) => (notMe ? 'denied-not-me' : 'denied'),
  'login.completed': 'logged-in',
  'login.expired': 'login-unfinished',
  // The login that is asked for instead says so.
  'login.request-withdrawn': null,
  'login.replaced': null,
  // The login that opened it says so.
  'session.opened': null,
  'session.ended': ({ by }) => ENDINGS[by],

  'enrolment.started': 'setup-begun',
  'enrolment.shown': null,
  'enrolment.cancelled': 'setup-cancelled',
  'enrolment.code-refused': 'setup-code-wrong',

  'authenticator.bound': 'device-bound',
  'authenticator.waiting': 'device-waiting',
  'authenticator.stopped': 'device-stopped',
  'authenticator.renamed': 'device-renamed',
  'authenticator.changed': 'device-changed',
  'authenticator.change-refused': ({ disabled }) =>
    disabled ? 'device-locked' : 'device-change-refused',
  'authenticator.suspended': ({ by }) => (by === 'holder' ? 'device-lost' : 'device-paused'),
  'authenticator.revoked': ({ by }) => (by === 'holder' ? 'device-ended' : 'device-ended-by-us'),
  'authenticator.unbound': ({ by }) => (by === 'holder' ? 'device-ended' : 'device-ended-by-us'),
  'authenticator.issued': 'device-issued',
  'authenticator.released': 'device-released',
  'authenticator.reactivated': 'device-back',
  'authenticator.copied': 'device-copied',
  'authenticator.copy-suspected': 'device-copy-suspected',
  // The event beside it says what it is bound as.
  'token.given': null,
  'token.imported': null,
  'token.returning': 'device-returning',
  'token.returned': 'device-returned',

  'order.placed': 'order-placed',
  'order.withdrawn': 'order-withdrawn',
  'order.sent': 'order-sent',
  'order.sent-late': 'order-sent-late',
  // The event beside it says what it is bound as, where somebody has bound it.
  'order.activated': ({ by }) => (by === 'calendar' ? 'order-active' : null),
  'order.proof-refused': ({ disabled }) => (disabled ? 'device-locked' : 'order-proof-wrong'),

  'browser.recognised': 'browser-new',
  'browser.forgotten': ({ browserId }) => (browserId ? 'browser-forgotten' : 'browsers-forgotten'),
  'browser.blocked': 'browser-blocked',

  'password.changed': ({ by }) => (by === 'reset' ? 'password-reset' : 'password-changed'),
  'password.reset-started': 'password-reset-started',

  'task.opened': 'task-opened',
  'task.approved': 'task-approved',
  'task.used': 'task-used',
  'task.cancelled': 'task-cancelled',
  'task.refused': 'task-refused',

  'contact.proof-started': 'contact-begun',
  'contact.proof-cancelled': 'contact-cancelled',
  'contact.code-refused': 'contact-code-wrong',
  'contact.verified': 'contact-verified',
  'contact.set': 'contact-set',
  'letter.posted': 'letter-posted',
  'texts.stopped': 'texts-stopped',
  'texts.resumed': 'texts-resumed',
  'subscriber.created': 'joined',
  'subscriber.language-set': 'language-set',
  'subscriber.unlocked': 'name-unlocked',
  'subscriber.seamless-set': ({ seamless }) => (seamless ? 'seamless-on' : 'seamless-off'),
  'subscriber.primary-set': 'primary-set',
  'subscriber.leave-given': 'leave-given',
  'subscriber.leave-taken': 'leave-taken',
  'account.created': 'account-created',
  'account.approved': 'account-approved',
  'account.opened': 'account-opened',
  'account.closed': 'account-closed',
  'account.relocated': 'account-relocated',
  // It changes with every price, and has a statement of its own.
  'account.valued': null,
  'account.opted-out': 'opted-out',
  'account.opted-in': 'opted-in',
  'hold.started': 'hold-started',
  'hold.ended': 'hold-ended',
}

const PASSWORD_LINES = {
  // Belongs to nobody, so nobody reads it.
  'unknown-name': null,
  wrong: 'password-wrong',
  environment: 'password-elsewhere',
  'no-authenticator': 'nothing-to-confirm',
  locked: 'all-locked',
  rights: 'not-opened',
  weak: 'nothing-to-confirm',
} as const satisfies Readonly<Record<string, Line | null>>

const ENDINGS = {
  holder: 'session-ended',
  'log-out': 'logged-out',
  desk: 'session-ended-by-us',
  'not-me': 'session-ended-not-me',
  account: 'session-ended-rules',
} as const satisfies Readonly<Record<string, Line>>

/** The line that tells of an event; `null` for none. */
export function lineOf(event: AuditEvent): Line | null {
  // The compiler has paired kinds and functions above; here it sees only one of many.
  const told = ACTIVITIES[event.kind] as Told<AuditEvent['kind']>
  return typeof told === 'function' ? told(event) : told
}

/** Kinds that no line ever tells of. */
export const UNTOLD: readonly string[] = Object.entries(ACTIVITIES)
  .filter(([, told]) => told === null)
  .map(([kind]) => kind)
