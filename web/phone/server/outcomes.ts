import type { Trouble } from './server.ts'
import type { Lock } from '../key/vault.ts'

/**
 * How an answer to a request can end; each has a title, a sentence and a next step in `locales/`.
 */
export type Outcome =
  | 'approved'
  | 'denied'
  | 'not-me'
  | 'task-approved'
  | 'task-denied'
  | 'task-not-me'
  | 'call-approved'
  | 'call-not-me'
  | 'call-ended'
  | 'wrong'
  | 'wrong-number'
  | 'too-many'
  | 'too-fast'
  | 'locked'
  | 'not-trusted'
  | 'ended'
  | 'changed'
  | 'offline'
  | 'clock'
  | 'revoked'
  | 'failed'

const OUTCOMES: Partial<Record<Trouble, Outcome>> = {
  'login.wrong-answer': 'wrong',
  'login.wrong-number': 'wrong-number',
  'login.too-many-wrong-answers': 'too-many',
  'login.wait': 'too-many',
  'login.locked': 'too-many',
  'phone.too-many': 'too-fast',
  'request.too-many': 'too-fast',
  'login.authenticator-locked': 'locked',
  'login.device-not-trusted': 'not-trusted',
  'login.expired': 'ended',
  'login.too-late': 'ended',
  'login.not-found': 'ended',
  'login.not-choosing': 'ended',
  'login.not-challenged': 'ended',
  'login.conflict': 'ended',
  'login.denied': 'ended',
  'login.not-me': 'ended',
  'login.blocked-browser': 'ended',
  'phone.request-not-found': 'ended',
  'phone.revoked': 'revoked',
  'phone.copied': 'revoked',
  'phone.clock': 'clock',
  'phone.replayed': 'clock',
  'service.clock': 'clock',
  offline: 'offline',
  forged: 'offline',
}

/**
 * What an answer that was not accepted means to its holder. The number is judged first, so a
 * response that is wrong after that was made with a wrong PIN; a finger or a face is never wrong.
 */
export function outcomeOf(problem: Trouble, lock: Lock['kind']): Outcome {
  const outcome = OUTCOMES[problem] ?? 'failed'
  return outcome === 'wrong' && lock === 'prf' ? 'failed' : outcome
}

/** The same where an agent of the desk asks: there is no page to look at. */
export function outcomeOfCall(problem: Trouble, lock: Lock['kind']): Outcome {
  const outcome = outcomeOf(problem, lock)
  return outcome === 'ended' || outcome === 'too-many' ? 'call-ended' : outcome
}

/** This phone answers nothing any more, whatever it asks. */
export const isStopped = (problem: Trouble): boolean => OUTCOMES[problem] === 'revoked'

/** What was approved carries a mark. */
export const isApproved = (outcome: Outcome): boolean =>
  outcome === 'approved' || outcome === 'task-approved' || outcome === 'call-approved'

/** What can be done next, besides going on. */
export const STEPS: Record<Outcome, readonly ('again' | 'code' | 'set-up' | 'call')[]> = {
  approved: [],
  denied: [],
  'not-me': ['call'],
  'task-approved': [],
  'task-denied': [],
  'task-not-me': ['call'],
  'call-approved': [],
  'call-not-me': ['call'],
  'call-ended': ['call'],
  wrong: ['again', 'call'],
  'wrong-number': ['again'],
  'too-many': ['call'],
  'too-fast': ['again', 'code'],
  locked: ['set-up', 'call'],
  'not-trusted': ['call'],
  ended: [],
  changed: ['again'],
  offline: ['again', 'code'],
  clock: ['again'],
  revoked: ['set-up', 'call'],
  failed: ['again', 'code'],
}

/** Why an activation did not come about. */
export type ActivationFlaw =
  | 'wrong'
  | 'expired'
  | 'too-many'
  | 'used'
  | 'not-allowed'
  | 'not-trusted'
  | 'later'
  | 'offline'
  | 'clock'
  | 'failed'

const FLAWS: Partial<Record<Trouble, ActivationFlaw>> = {
  'enrolment.wrong-code': 'wrong',
  'enrolment.expired': 'expired',
  'enrolment.too-many-wrong-codes': 'too-many',
  'enrolment.conflict': 'used',
  'enrolment.not-allowed': 'not-allowed',
  'enrolment.device-not-trusted': 'not-trusted',
  'enrolment.too-weak': 'not-allowed',
  'enrolment.jurisdiction': 'not-allowed',
  'enrolment.no-phone-to-replace': 'not-allowed',
  'account.on-hold': 'not-allowed',
  'enrolment.another-phone-today': 'later',
  'enrolment.three-phones-this-month': 'later',
  'enrolment.too-many-codes': 'too-many',
  'request.too-many': 'too-many',
  'phone.clock': 'clock',
  'service.clock': 'clock',
  offline: 'offline',
}

/**
 * A picture that is not known any more is an old one: there is no user name that it could be wrong
 * for.
 */
export function activationFlaw(problem: Trouble, by: 'picture' | 'code'): ActivationFlaw {
  const flaw = FLAWS[problem] ?? 'failed'
  return flaw === 'wrong' && by === 'picture' ? 'expired' : flaw
}
