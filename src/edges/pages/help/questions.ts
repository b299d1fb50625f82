import type { Problem } from '#core/problems.ts'
import type { Guide } from '#edges/pages/help/guides.ts'

/**
 * Questions that lead a client to the one thing to do (R016). Each question and each outcome is a
 * page with an address of its own, `/help/questions/<name>`, which Client Services can send. Their
 * words stand in `locales/`, under `login.help.ask.<name>`: `label` as an answer, `title` as a
 * question, `lead` as an outcome.
 *
 * @see docs/decisions/0025-help-is-markdown-that-we-read-ourselves.md
 */
export type Asked = Question | Outcome

interface Question extends Place {
  readonly answers: readonly string[]
}

/** Where questions end: an act, and the article that says more. */
export interface Outcome extends Place {
  readonly act: Act
  readonly guide: Guide
}

interface Place {
  /** What a login page has said to a client who is here; a failed login leads here at once. */
  readonly problems?: readonly Problem[]
}

/** What a client does, by the page on which it is done. */
export const ACTS = {
  call: null,
  call_technical: null,
  read: null,
  log_in: '/login',
  portal: '/portal',
  security: '/portal/security',
  documents: '/portal/documents',
  send: '/portal/documents',
  reset: '/reset',
  phone: '/phone',
  connectivity: '/connectivity',
  contact: '/portal/security/contact',
  caller: '/call',
} as const
export type Act = keyof typeof ACTS

export const FIRST = 'start'

const TREE = {
  start: {
    answers: ['page', 'password', 'account', 'step', 'device', 'trading', 'refused', 'not-me'],
  },

  page: { answers: ['no-internet', 'firewall', 'again', 'busy', 'ours', 'platform'] },
  'no-internet': { act: 'read', guide: 'no-connection' },
  firewall: { act: 'connectivity', guide: 'no-connection' },
  again: {
    act: 'log_in',
    guide: 'cannot-log-in',
    problems: [
      ...(['login.expired', 'login.not-found', 'login.not-choosing', 'login.conflict'] as const),
      ...(['login.not-challenged', 'login.not-completed', 'login.already-claimed'] as const),
      ...(['request.form-expired', 'request.other-login', 'request.foreign-origin'] as const),
      ...(['session.missing', 'session.not-found'] as const),
    ],
  },
  busy: { act: 'log_in', guide: 'cannot-log-in', problems: ['login.wait', 'request.too-many'] },
  ours: {
    act: 'log_in',
    guide: 'cannot-log-in',
    problems: ['service.busy', 'service.clock', 'service.unavailable', 'service.failed'],
  },
  platform: { act: 'log_in', guide: 'cannot-log-in', problems: ['login.unknown-platform'] },

  password: { answers: ['mismatch', 'busy', 'locked', 'forgotten', 'forgotten-name', 'reset'] },
  mismatch: {
    act: 'log_in',
    guide: 'cannot-log-in',
    problems: ['login.wrong-credentials', 'login.not-identified'],
  },
  locked: { act: 'call', guide: 'password', problems: ['login.locked'] },
  forgotten: { act: 'call', guide: 'password' },
  'forgotten-name': { act: 'call', guide: 'user-name' },
  reset: {
    act: 'reset',
    guide: 'password',
    problems: ['login.reset-too-weak', 'login.resets'],
  },

  account: { answers: ['paper', 'live', 'not-approved', 'approved-late', 'closed', 'rules'] },
  paper: { act: 'log_in', guide: 'cannot-log-in', problems: ['login.use-paper'] },
  live: { act: 'log_in', guide: 'cannot-log-in', problems: ['login.use-live'] },
  'not-approved': { act: 'portal', guide: 'cannot-log-in', problems: ['account.not-approved'] },
  'approved-late': { act: 'portal', guide: 'cannot-log-in', problems: ['account.approved-late'] },
  closed: {
    act: 'documents',
    guide: 'statements',
    problems: ['account.closed', 'account.statements-only'],
  },
  rules: { act: 'read', guide: 'rules', problems: ['account.no-opt-out'] },

  step: {
    answers: ['phone', 'text', 'passcode', 'code-card', 'security-card', 'app', 'device'],
    problems: [
      ...(['login.wrong-answer', 'login.malformed-answer'] as const),
      ...(['login.too-many-wrong-answers', 'login.too-many-challenges'] as const),
    ],
  },

  phone: {
    answers: [
      ...['no-notification', 'response', 'number', 'denied', 'device-locked', 'new-phone'],
      ...['request-over', 'app-again', 'app-broken'],
    ],
  },
  'no-notification': { act: 'read', guide: 'no-notification' },
  response: { act: 'read', guide: 'two-phones', problems: ['login.too-late', 'phone.clock'] },
  number: { act: 'log_in', guide: 'approve', problems: ['login.wrong-number'] },
  denied: { act: 'log_in', guide: 'approve', problems: ['login.denied'] },
  'device-locked': {
    act: 'call',
    guide: 'lost-phone',
    problems: [
      ...(['login.authenticator-locked', 'login.authenticator-expired'] as const),
      'login.device-not-trusted',
    ],
  },
  'request-over': {
    act: 'log_in',
    guide: 'approve',
    problems: ['phone.request-not-found', 'phone.too-many'],
  },
  'new-phone': { act: 'phone', guide: 'new-phone' },
  'app-again': { act: 'portal', guide: 'phone-again' },
  'app-broken': { act: 'read', guide: 'reset-app' },

  text: { answers: ['no-text', 'no-call', 'text-wrong', 'text-alone'] },
  'no-text': {
    act: 'read',
    guide: 'no-text',
    problems: [
      ...(['telephone.country', 'telephone.too-soon', 'telephone.too-many'] as const),
      ...(['telephone.paused', 'telephone.off', 'telephone.stopped'] as const),
    ],
  },
  'no-call': { act: 'read', guide: 'calls' },
  'text-wrong': { act: 'log_in', guide: 'texts' },
  'text-alone': { act: 'portal', guide: 'rules', problems: ['account.code-one-way'] },

  passcode: {
    answers: ['capitals', 'other-browser', 'prints-only', 'passcode-over', 'binds-only'],
  },
  capitals: { act: 'log_in', guide: 'passcode', problems: ['login.capital-letters'] },
  'other-browser': { act: 'call', guide: 'passcode', problems: ['login.other-browser'] },
  'prints-only': { act: 'portal', guide: 'passcode', problems: ['account.card-printing-only'] },
  'passcode-over': {
    act: 'call',
    guide: 'passcode',
    problems: ['login.passcode-expired', 'account.access-over'],
  },
  'binds-only': { act: 'security', guide: 'rules', problems: ['account.passcode-binds-only'] },

  'code-card': { answers: ['card-codes', 'card-over'] },
  'card-codes': { act: 'log_in', guide: 'printed-card', problems: ['login.asked-anew'] },
  'card-over': { act: 'call', guide: 'printed-card', problems: ['login.card-expired'] },

  'security-card': {
    answers: ['in-the-post', 'arrived', 'not-by-itself', 'card-refused', 'card-lost'],
  },
  'in-the-post': { act: 'call', guide: 'security-card', problems: ['login.in-the-post'] },
  arrived: { act: 'security', guide: 'security-card' },
  'not-by-itself': { act: 'call_technical', guide: 'replacement' },
  'card-refused': { act: 'log_in', guide: 'verify' },
  'card-lost': { act: 'call', guide: 'replacement' },

  app: { answers: ['clock', 'passkey', 'too-weak'] },
  clock: { act: 'log_in', guide: 'cannot-log-in' },
  passkey: { act: 'log_in', guide: 'devices', problems: ['login.passkey-changed'] },
  'too-weak': {
    act: 'log_in',
    guide: 'devices',
    problems: ['login.too-weak', 'login.authenticator-used'],
  },

  device: { answers: ['away', 'lost', 'new-phone', 'card-lost', 'none-yet'] },
  away: { act: 'call', guide: 'lost-phone' },
  lost: { act: 'call', guide: 'lost-phone', problems: ['phone.revoked', 'phone.copied'] },
  'none-yet': { act: 'portal', guide: 'first-phone', problems: ['login.no-authenticator'] },

  trading: {
    answers: [
      'account',
      'on-hold',
      'network',
      'prints-only',
      'binds-only',
      'text-alone',
      'too-weak',
    ],
  },
  'on-hold': { act: 'portal', guide: 'new-phone', problems: ['account.on-hold'] },
  network: {
    act: 'security',
    guide: 'opt-out',
    problems: ['account.outside-networks', 'account.not-opted-out'],
  },

  refused: {
    answers: [
      ...['refused-setup', 'refused-contact', 'refused-password', 'refused-task'],
      ...['refused-withdrawal', 'refused-document', 'refused-statement', 'refused-card'],
      ...['shared-card', 'refused-sharing', 'refused-network', 'refused-user', 'refused-call'],
    ],
  },
  'refused-statement': { act: 'documents', guide: 'statements', problems: ['statement.not-found'] },
  'shared-card': { act: 'call', guide: 'sharing', problems: ['token.shared'] },
  'refused-sharing': {
    act: 'security',
    guide: 'sharing',
    problems: ['sharing.name', 'sharing.not-found', 'sharing.over', 'sharing.too-many'],
  },
  'refused-setup': {
    answers: ['setup-code', 'refused-phone', 'refused-pin', 'refused-sheet', 'refused-device'],
  },
  'setup-code': {
    act: 'security',
    guide: 'first-phone',
    problems: [
      ...(['enrolment.wrong-code', 'enrolment.expired', 'enrolment.conflict'] as const),
      ...(['enrolment.too-many-wrong-codes', 'enrolment.too-many-codes'] as const),
    ],
  },
  'refused-phone': {
    act: 'security',
    guide: 'new-phone',
    problems: [
      ...(['enrolment.too-weak', 'enrolment.jurisdiction'] as const),
      ...(['enrolment.no-phone-to-replace', 'enrolment.another-phone-today'] as const),
      'enrolment.three-phones-this-month',
    ],
  },
  'refused-pin': {
    act: 'security',
    guide: 'pin',
    problems: [
      ...(['authenticator.not-proven', 'authenticator.tries-used'] as const),
      'authenticator.pin-tries',
      ...(['authenticator.pin-form', 'authenticator.pin-guessable'] as const),
      ...(['authenticator.pin-known', 'authenticator.pin-differs'] as const),
    ],
  },
  'refused-sheet': { act: 'security', guide: 'printed-card', problems: ['enrolment.seen'] },
  'refused-device': {
    act: 'security',
    guide: 'devices',
    problems: [
      ...(['enrolment.wrong-answer', 'enrolment.too-many', 'enrolment.malformed-key'] as const),
      ...(['enrolment.no-user-verification', 'enrolment.no-resident-key'] as const),
      ...(['enrolment.not-allowed', 'enrolment.phone-instead'] as const),
      ...(['enrolment.number-first', 'enrolment.device-not-trusted'] as const),
      'session.insufficient',
      ...(['authenticator.not-found', 'authenticator.conflict'] as const),
      ...(['authenticator.stronger', 'authenticator.label'] as const),
      'authenticator.not-suspended',
    ],
  },
  'refused-contact': {
    act: 'contact',
    guide: 'contact-data',
    problems: [
      ...(['contact.same', 'contact.off', 'contact.postal'] as const),
      ...(['email.malformed', 'email.quoted'] as const),
      ...(['email.too-soon', 'email.too-many', 'telephone.malformed'] as const),
      ...(['telephone.not-mobile', 'telephone.premium', 'event.no-address'] as const),
      'subscriber.no-such-contact',
    ],
  },
  'refused-password': {
    act: 'security',
    guide: 'password',
    problems: ['subscriber.weak-password', 'subscriber.too-many-passwords'],
  },
  'refused-task': {
    act: 'portal',
    guide: 'verify',
    problems: ['task.not-found', 'task.conflict', 'task.too-many'],
  },
  'refused-withdrawal': {
    act: 'portal',
    guide: 'withdrawal',
    problems: [
      ...(['task.amount', 'task.currency', 'task.over-limit', 'task.too-weak'] as const),
      ...(['task.not-approved', 'task.changed', 'task.already-used'] as const),
      ...(['task.cancelled', 'task.expired'] as const),
    ],
  },
  'refused-document': {
    act: 'send',
    guide: 'documents',
    problems: [
      ...(['submission.off', 'submission.purpose', 'submission.account'] as const),
      ...(['submission.empty', 'submission.too-large', 'submission.too-many-pages'] as const),
      ...(['submission.too-many', 'submission.no-room', 'submission.not-found'] as const),
      'submission.conflict',
    ],
  },
  'refused-card': {
    act: 'security',
    guide: 'security-card',
    problems: [
      ...(['order.not-found', 'order.not-entitled', 'order.no-address'] as const),
      ...(['order.no-account', 'order.open', 'order.begin-again', 'order.changed'] as const),
      ...(['order.left', 'order.not-sent', 'order.withdrawn', 'order.active'] as const),
      ...(['order.returned', 'order.lost', 'order.conflict'] as const),
    ],
  },
  'refused-network': {
    act: 'security',
    guide: 'opt-out',
    problems: [
      ...(['network.malformed', 'network.too-wide', 'network.overlaps'] as const),
      ...(['network.listed', 'network.too-many', 'network.not-found', 'network.last'] as const),
    ],
  },
  'refused-user': {
    act: 'security',
    guide: 'sharing',
    problems: ['subscriber.primary-user-only'],
  },
  'refused-call': {
    act: 'caller',
    guide: 'verify',
    problems: [
      ...(['call.no-code', 'call.no-passkey', 'call.not-found'] as const),
      ...(['call.not-confirmed', 'call.over', 'call.device-on-hold'] as const),
    ],
  },

  'not-me': {
    act: 'call',
    guide: 'approve',
    problems: ['login.not-me', 'login.blocked-browser'],
  },
} as const satisfies Readonly<Record<string, Asked>>

export const QUESTIONS: ReadonlyMap<string, Asked> = new Map(Object.entries(TREE))

/** Where a client stands to whom a login page has said so: the questions before are answered. */
const PLACES: ReadonlyMap<Problem, string> = new Map(
  [...QUESTIONS].flatMap(([name, { problems = [] }]) =>
    problems.map((problem) => [problem, name] as const),
  ),
)

/** The page of questions for a client to whom a login page has said this, or nothing. */
export const questionsOn = (problem: Problem | null): string =>
  `/help/questions/${(problem && PLACES.get(problem)) ?? FIRST}`
