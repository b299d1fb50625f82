import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuthenticatorId, LoginId, SubscriberId } from '#core/ids.ts'
import type { NoticeKind } from '#core/events/hearing.ts'
import type { Instant } from '#core/time/time.ts'

type About = { readonly subscriberId: SubscriberId; readonly loginId?: LoginId }

const AUTHENTICATOR = 'aut_01ABCDEFGHJKMNPQRSTVWXYZ12' as AuthenticatorId
const METHOD = { authenticatorId: AUTHENTICATOR, method: 'phone-key' } as const
const SHARED = {
  ...METHOD,
  shareRequestId: 'shr_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  asker: 'sub_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
} as const
const DEPOSIT = {
  orderId: 'ord_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  method: 'security-card',
  usd: 20,
} as const
const BOOKED = {
  ...DEPOSIT,
  accountId: 'acc_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  authenticatorId: AUTHENTICATOR,
  by: 'operator',
} as const
const ORDER = { orderId: 'ord_01ABCDEFGHJKMNPQRSTVWXYZ12' as never, method: 'security-card' }
const TASK = { taskId: 'tsk_01ABCDEFGHJKMNPQRSTVWXYZ12' as never } as const
const ACCOUNT = { accountId: 'acc_01ABCDEFGHJKMNPQRSTVWXYZ12' as never, by: 'holder' } as const
const JUDGED = {
  submissionId: 'sbm_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  by: 'desk',
  agent: 'olga' as never,
} as const
const CASE = { caseNumber: '471188' } as const
const OPTED = { ...ACCOUNT, status: 'open', tradesFrom: null } as const

/** An event of which a notice of this kind follows; a kind that is missing does not compile. */
export const EVENTS: Readonly<Record<NoticeKind, (about: About, until: Instant) => AuditEvent>> = {
  'device-bound': (about) => ({ kind: 'authenticator.bound', ...about, ...METHOD, replaced: [] }),
  'submission-mailed': (about) => ({
    kind: 'submission.mailed',
    ...about,
    submissionId: 'sbm_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
    mailId: 'mai_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
    purpose: 'address',
    account: 'U1234567',
    pages: 1,
    isFromOwnAddress: false,
    isAnswered: true,
  }),
  'submission-accepted': (about) => ({
    kind: 'submission.accepted',
    ...about,
    ...JUDGED,
    purpose: 'address',
    account: 'U1234567',
    checks: ['legible'],
    isMrzRead: false,
  }),
  'submission-asked-again': (about) => ({
    kind: 'submission.asked-again',
    ...about,
    ...JUDGED,
    reason: 'too-old',
  }),
  'submission-rejected': (about) => ({
    kind: 'submission.rejected',
    ...about,
    ...JUDGED,
    reason: 'other-name',
  }),
  'rules-changed': (about) => ({ kind: 'account.rules-changed', ...about, by: 'operator' }),
  'sharing-offered': (about) => ({ kind: 'sharing.offered', ...about, ...SHARED }),
  'device-shared': (about) => ({
    kind: 'sharing.agreed',
    ...about,
    ...SHARED,
    owner: 'sub_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  }),
  'device-back': (about) => ({
    kind: 'authenticator.reactivated',
    ...about,
    authenticatorId: AUTHENTICATOR,
    ended: [],
  }),
  'device-waiting': (about, until) => ({
    kind: 'authenticator.waiting',
    ...about,
    ...METHOD,
    until,
    signals: [],
    replaced: [],
  }),
  'device-stopped': (about) => ({
    kind: 'authenticator.stopped',
    ...about,
    authenticatorId: AUTHENTICATOR,
    by: 'device',
  }),
  'device-changed': (about) => ({ kind: 'authenticator.changed', ...about, ...METHOD }),
  'device-suspended': (about) => ({
    kind: 'authenticator.suspended',
    ...about,
    authenticatorId: AUTHENTICATOR,
    by: 'holder',
  }),
  'device-ended': (about) => ({
    kind: 'authenticator.revoked',
    ...about,
    authenticatorId: AUTHENTICATOR,
    by: 'holder',
  }),
  'device-locked': (about) => ({
    kind: 'authenticator.change-refused',
    ...about,
    ...METHOD,
    reason: 'x',
    disabled: true,
  }),
  'device-copied': (about) => ({
    kind: 'authenticator.copied',
    ...about,
    authenticatorId: AUTHENTICATOR,
  }),
  'device-copy-suspected': (about) => ({
    kind: 'authenticator.copy-suspected',
    ...about,
    ...METHOD,
  }),
  'new-browser': (about) => ({
    kind: 'browser.recognised',
    ...about,
    browserId: 'brw_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  }),
  'logged-in': (about) => ({
    kind: 'session.announced',
    ...about,
    sessionId: 'ses_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
  }),
  'data-changed': (about) => ({ kind: 'subscriber.name-set', ...about, by: 'operator' }),
  trades: (about) => ({
    kind: 'trades.gathered',
    ...about,
    gathering: 'gat_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
    count: 1,
    sessions: [],
  }),
  'transfer-executed': (about) => ({
    kind: 'transfer.executed',
    ...about,
    accountId: ACCOUNT.accountId,
    platform: 'trade',
    report: 'unknown',
  }),
  'trade-notices-set': (about) => ({
    kind: 'trade-notices.set',
    ...about,
    every: 'never',
    channel: null,
  }),
  'browser-forgotten': (about) => ({ kind: 'browser.forgotten', ...about }),
  'not-confirmed': (about) => ({
    kind: 'login.answer-refused',
    ...about,
    ...METHOD,
    reason: 'x',
    disabled: false,
    over: true,
  }),
  'not-answered': (about) => ({
    kind: 'login.expired',
    ...about,
    proven: true,
    recognised: false,
  }),
  denied: (about) => ({ kind: 'login.denied', ...about, method: 'phone-key', notMe: true }),
  'contact-changed': (about) => ({
    kind: 'contact.set',
    ...about,
    contactId: 'con_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
    contact: 'postal',
    replaced: null,
    by: 'operator',
  }),
  'password-changed': (about) => ({
    kind: 'password.changed',
    ...about,
    authenticatorId: AUTHENTICATOR,
    replaced: [],
    by: 'holder',
  }),
  'password-reset': (about, until) => ({
    kind: 'password.reset-started',
    ...about,
    authenticatorId: AUTHENTICATOR,
    agent: 'agent-7' as never,
    until,
  }),
  'opted-out': (about) => ({ kind: 'account.opted-out', ...about, ...OPTED }),
  'opted-in': (about) => ({ kind: 'account.opted-in', ...about, ...OPTED }),
  'network-added': (about) => ({ kind: 'account.network-added', ...about, ...OPTED }),
  'network-removed': (about) => ({ kind: 'account.network-removed', ...about, ...OPTED }),
  'leave-given': ({ subscriberId, ...about }, until) => ({
    kind: 'subscriber.leave-given',
    subscriberId,
    ...about,
    until,
    primary: subscriberId,
  }),
  'order-placed': (about) => ({ kind: 'order.placed', ...about, ...ORDER, by: 'holder' }),
  'order-withdrawn': (about) => ({ kind: 'order.withdrawn', ...about, ...ORDER, by: 'holder' }),
  'order-sent': (about, until) => ({
    kind: 'order.sent',
    ...about,
    ...ORDER,
    until,
    by: 'operator',
  }),
  'order-relabelled': (about) => ({
    kind: 'order.relabelled',
    ...about,
    ...ORDER,
    by: 'operator',
  }),
  'order-delivered': (about) => ({
    kind: 'order.delivered',
    ...about,
    ...ORDER,
    by: 'operator',
  }),
  'order-lost': (about) => ({
    kind: 'order.lost',
    ...about,
    ...ORDER,
    serial: 'EX-1',
    by: 'operator',
  }),
  'order-active': (about) => ({
    kind: 'order.activated',
    ...about,
    ...ORDER,
    authenticatorId: AUTHENTICATOR,
    by: 'calendar',
  }),
  'device-returning': (about) => ({ kind: 'token.returning', ...about, ...METHOD }),
  'device-returned': (about) => ({
    kind: 'token.returned',
    ...about,
    ...METHOD,
    orderId: null,
    by: 'operator',
  }),
  'deposit-held': (about) => ({ kind: 'deposit.held', ...about, ...BOOKED, why: 'given' }),
  'deposit-due': (about, until) => ({
    kind: 'deposit.due',
    ...about,
    ...DEPOSIT,
    authenticatorId: AUTHENTICATOR,
    until,
    by: 'holder',
  }),
  'deposit-released': (about) => ({
    kind: 'deposit.released',
    ...about,
    ...BOOKED,
    why: 'returned',
  }),
  'deposit-charged': (about) => ({
    kind: 'deposit.charged',
    ...about,
    ...BOOKED,
    why: 'not-returned',
  }),
  'deposit-charged-lost': (about) => ({
    kind: 'deposit.charged',
    ...about,
    ...BOOKED,
    why: 'lost',
  }),
  'deposit-charged-broken': (about) => ({
    kind: 'deposit.charged',
    ...about,
    ...BOOKED,
    why: 'broken',
  }),
  'deposit-refunded': (about) => ({
    kind: 'deposit.refunded',
    ...about,
    ...BOOKED,
    why: 'returned',
  }),
  'texts-stopped': (about) => ({ kind: 'texts.stopped', ...about, number: 'x', by: 'holder' }),
  'withdrawal-approved': (about) => ({ kind: 'task.used', ...about, ...TASK, deed: 'withdrawal' }),
  'payee-approved': (about) => ({ kind: 'task.used', ...about, ...TASK, deed: 'payee' }),
  'api-key-approved': (about) => ({ kind: 'task.used', ...about, ...TASK, deed: 'api_key' }),
  'desk-proven': (about) => ({
    kind: 'desk.proof-accepted',
    ...about,
    ...METHOD,
    ...CASE,
    of: 'access',
    level: 'L2',
  }),
  'desk-called-back': (about) => ({
    kind: 'desk.proof-accepted',
    ...about,
    ...METHOD,
    ...CASE,
    of: 'access',
    level: 'L1',
    verified: 'call-back',
  }),
  'desk-acted': (about) => ({ kind: 'desk.acted', ...about, ...CASE, act: 'freeze' }),
  'desk-unmasked': (about) => ({
    kind: 'desk.unmasked',
    ...about,
    ...CASE,
    field: 'mobile',
    reason: 'question',
  }),
  'desk-stopped': (about, until) => ({ kind: 'desk.calls-stopped', ...about, ...CASE, until }),
  'desk-denied': (about, until) => ({
    kind: 'desk.call-denied',
    ...about,
    ...CASE,
    holdId: 'hld_01ABCDEFGHJKMNPQRSTVWXYZ12' as never,
    until,
  }),
  'address-approved': (about) => ({ kind: 'task.used', ...about, ...TASK, deed: 'address' }),
}

export const NOTICE_KINDS = Object.keys(EVENTS) as readonly NoticeKind[]
