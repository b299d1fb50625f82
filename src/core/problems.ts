/**
 * Every way in which a request can be answered "no", once, with the HTTP status it has at a door.
 *
 * Codes are public and never change their meaning. Their words stand in `locales/` under
 * `problem.<code>`; none of them tells a claimant which factor was wrong.
 *
 * @see RFC 9457, "Problem Details for HTTP APIs"
 */
export const PROBLEMS = {
  'request.malformed': 400,
  'request.not-found': 404,
  'request.too-large': 413,
  'request.media-type': 415,
  'request.too-many': 429,
  'request.foreign-origin': 403,
  'request.form-expired': 403,
  'request.other-login': 403,

  'login.wrong-credentials': 401,
  'login.not-identified': 401,
  'login.wait': 429,
  'login.locked': 403,
  'login.use-live': 409,
  'login.use-paper': 409,
  'login.no-authenticator': 403,
  'login.authenticator-locked': 403,
  'login.authenticator-expired': 403,
  'login.authenticator-used': 409,
  'login.too-weak': 403,
  'login.card-expired': 403,
  'login.passcode-expired': 403,
  'login.in-the-post': 403,
  'login.capital-letters': 401,
  'login.other-browser': 403,
  'login.asked-anew': 409,
  'login.not-found': 404,
  'login.not-choosing': 409,
  'login.not-challenged': 409,
  'login.not-completed': 409,
  'login.conflict': 409,
  'login.too-many-challenges': 429,
  'login.malformed-answer': 400,
  'login.wrong-answer': 401,
  'login.too-many-wrong-answers': 403,
  'login.too-late': 410,
  'login.denied': 403,
  'login.not-me': 403,
  'login.blocked-browser': 403,
  'login.expired': 410,
  'login.already-claimed': 409,
  'login.resets': 409,
  'login.unknown-platform': 400,

  'session.missing': 401,
  'session.not-found': 404,
  'session.insufficient': 403,

  'account.not-found': 404,
  'account.taken': 409,
  'account.conflict': 409,
  'account.not-approved': 403,
  'account.approved-late': 403,
  'account.closed': 403,
  'account.on-hold': 403,
  'account.card-printing-only': 403,
  'account.passcode-binds-only': 403,
  'account.access-over': 403,
  'account.statements-only': 403,
  'account.no-opt-out': 403,

  'subscriber.not-found': 404,
  'subscriber.taken': 409,
  'subscriber.malformed': 400,
  'subscriber.weak-password': 400,
  'subscriber.no-such-contact': 404,
  'subscriber.primary-user-only': 403,
  'subscriber.not-a-primary-user': 409,

  'enrolment.wrong-code': 401,
  'enrolment.wrong-answer': 401,
  'enrolment.seen': 410,
  'enrolment.expired': 410,
  'enrolment.too-many-wrong-codes': 403,
  'enrolment.conflict': 409,
  'enrolment.malformed-key': 400,
  'enrolment.not-allowed': 403,
  'enrolment.too-weak': 403,

  'authenticator.not-found': 404,
  'authenticator.conflict': 409,
  'authenticator.stronger': 403,
  'authenticator.label': 400,
  'authenticator.not-proven': 401,
  'authenticator.pin-form': 400,
  'authenticator.pin-guessable': 400,
  'authenticator.pin-known': 400,
  'authenticator.pin-differs': 400,
  'authenticator.not-suspended': 409,

  'token.not-found': 404,
  'token.given': 409,
  'token.revoked': 409,
  'token.temporary-device': 409,
  'token.different-people': 409,
  'token.weaker-device': 409,

  'token.expired': 409,
  'token.shared': 409,
  'token.not-out': 409,

  'order.not-found': 404,
  'order.not-entitled': 403,
  'order.no-address': 409,
  'order.no-account': 400,
  'order.open': 409,
  'order.begin-again': 409,
  'order.left': 409,
  'order.not-sent': 409,
  'order.withdrawn': 409,
  'order.active': 409,
  'order.returned': 409,
  'order.other-device': 409,

  'task.not-found': 404,
  'task.malformed': 400,
  'task.amount': 400,
  'task.currency': 400,
  'task.over-limit': 403,
  'task.too-weak': 403,
  'task.not-approved': 409,
  'task.not-a-login': 409,
  'task.changed': 409,
  'task.already-used': 409,
  'task.cancelled': 410,
  'task.expired': 410,
  'task.conflict': 409,

  'letter.not-found': 404,

  'contact.same': 409,
  'contact.off': 503,
  'email.malformed': 400,
  'email.too-soon': 429,
  'email.too-many': 429,

  'telephone.malformed': 400,
  'telephone.not-mobile': 400,
  'telephone.premium': 400,
  'telephone.country': 400,
  'telephone.too-soon': 429,
  'telephone.too-many': 429,
  'telephone.paused': 503,
  'telephone.off': 503,
  'telephone.stopped': 409,

  'desk.not-an-agent': 400,
  'desk.second-person': 403,
  'desk.too-many-for-client': 403,
  'desk.too-many-by-agent': 429,
  'desk.conflict': 409,
  'desk.nothing-issued': 404,

  'phone.unsigned': 401,
  'phone.clock': 409,
  'phone.replayed': 409,
  'phone.revoked': 403,
  'phone.copied': 403,
  'phone.push-endpoint': 400,
  'phone.request-not-found': 404,

  'service.busy': 503,
  'service.clock': 503,
  'service.unavailable': 503,
  'service.failed': 500,
} as const satisfies Record<string, number>

export type Problem = keyof typeof PROBLEMS

/** An answer in good order that is not the one that was hoped for. */
export interface Refusal {
  readonly ok: false
  readonly problem: Problem
  /** When it makes sense to try again; doors turn it into Retry-After. */
  readonly until?: number
  /** Since when it is so; told beside `until`. */
  readonly since?: number
}
