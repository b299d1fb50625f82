import type { AuditEvent } from '#core/audit/audit.ts'

/**
 * What a client hears of: every change to how they come in, every login from a new browser, and
 * every right password that was not followed by a second factor (R131, S11, S68, S71).
 *
 * A notice follows from the audit event, so whatever is written down is told, and nothing is told
 * that was not written down. A kind of event that this list does not know does not compile.
 */
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
  | 'browser-forgotten'
  | 'not-confirmed'
  | 'not-answered'
  | 'denied'
  | 'contact-changed'
  | 'password-changed'
  | 'password-reset'
  | 'opted-out'
  | 'opted-in'
  | 'leave-given'
  | 'order-placed'
  | 'order-withdrawn'
  | 'order-sent'
  | 'order-active'
  | 'device-returning'
  | 'device-returned'
  | 'texts-stopped'

type Told<K extends AuditEvent['kind']> =
  | NoticeKind
  | null
  | ((event: Extract<AuditEvent, { readonly kind: K }>) => NoticeKind | null)

const NOTICES: { readonly [K in AuditEvent['kind']]: Told<K> } = {
  'authenticator.bound': 'device-bound',
  'authenticator.waiting': 'device-waiting',
  'authenticator.stopped': 'device-stopped',
  'authenticator.changed': 'device-changed',
  'authenticator.suspended': 'device-suspended',
  'authenticator.revoked': 'device-ended',
  'authenticator.unbound': 'device-ended',
  'authenticator.copied': 'device-copied',
  'authenticator.copy-suspected': 'device-copy-suspected',
  'authenticator.change-refused': ({ disabled }) => (disabled ? 'device-locked' : null),
  'authenticator.renamed': null,
  'authenticator.issued': 'device-bound',
  'authenticator.reactivated': 'device-back',
  'authenticator.released': 'device-changed',
  // The event beside it says what it is bound as.
  'token.given': null,
  'token.imported': null,
  'token.returning': 'device-returning',
  'token.returned': 'device-returned',

  'order.placed': 'order-placed',
  'order.withdrawn': 'order-withdrawn',
  'order.sent': 'order-sent',
  // The caller hears it, and the card opens nothing: its client has nothing to do.
  'order.sent-late': null,
  // What its holder did themselves is told as any device that is new; what happened by itself is
  // told here.
  'order.activated': ({ by }) => (by === 'calendar' ? 'order-active' : null),
  'order.proof-refused': ({ disabled }) => (disabled ? 'device-locked' : null),

  'browser.recognised': 'new-browser',
  'browser.blocked': null,
  // From then on an attacker who knows the user name can keep the client out of it by guessing
  // (A28).
  'browser.forgotten': 'browser-forgotten',

  'login.answer-refused': ({ disabled, over }) =>
    disabled ? 'device-locked' : over ? 'not-confirmed' : null,
  'login.identity-refused': ({ disabled }) => (disabled ? 'device-locked' : null),
  'login.denied': 'denied',
  'login.started': null,
  'login.password-refused': null,
  'login.password-accepted': null,
  'login.challenged': null,
  'login.answer-accepted': null,
  'login.completed': null,
  // Somebody who is known and was called away is told nothing; a stranger with the password is what
  // counts.
  'login.expired': ({ proven, recognised }) => (proven && !recognised ? 'not-answered' : null),
  // Their client goes on in the same browser.
  'login.request-withdrawn': null,
  'login.replaced': null,
  'session.opened': null,
  'session.ended': null,

  'enrolment.started': null,
  'enrolment.shown': null,
  'enrolment.cancelled': null,
  'enrolment.code-refused': null,

  // Whoever does it has proven themselves twice for this one thing.
  'task.opened': null,
  'task.cancelled': null,
  'task.approved': null,
  'task.refused': null,
  'task.used': null,

  'contact.set': 'contact-changed',
  'contact.proof-started': null,
  'contact.proof-cancelled': null,
  'contact.code-refused': null,
  'contact.verified': null,
  'letter.posted': null,
  // Anybody can write one word in the name of a number.
  'texts.stopped': 'texts-stopped',
  'texts.resumed': null,
  'password.changed': 'password-changed',
  'password.reset-started': 'password-reset',
  'account.opted-out': 'opted-out',
  'account.opted-in': 'opted-in',
  // The back office writes its own letters about these.
  'account.created': null,
  'account.approved': null,
  'account.opened': null,
  'account.closed': null,
  'account.relocated': null,
  'account.valued': null,
  'hold.started': null,
  'hold.ended': null,
  'subscriber.created': null,
  'subscriber.language-set': null,
  'subscriber.unlocked': null,
  'subscriber.seamless-set': null,
  'subscriber.primary-set': null,
  'subscriber.leave-given': 'leave-given',
  'subscriber.leave-taken': null,
}

/** What a client hears of an event; `null` for nothing. */
export function noticeOf(event: AuditEvent): NoticeKind | null {
  // The compiler has paired kinds and functions above; here it sees only one of many.
  const told = NOTICES[event.kind] as Told<AuditEvent['kind']>
  return typeof told === 'function' ? told(event) : told
}

/** What also goes out as a text: somebody who reads no mail today still wants to stop a thief. */
export const URGENT: readonly NoticeKind[] = [
  ...(['device-bound', 'device-back', 'device-waiting', 'device-ended', 'device-copied'] as const),
  ...(['order-placed', 'order-active'] as const),
  ...(['contact-changed', 'password-changed', 'password-reset'] as const),
  ...(['denied', 'texts-stopped'] as const),
]
