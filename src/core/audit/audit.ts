import type { Account } from '#core/subscribers/account.ts'
import type { AgentId } from '#core/agent.ts'
import type { TaskKind } from '#core/task-details.ts'
import type {
  AccountId,
  AuthenticatorId,
  BrowserId,
  ContactId,
  EnrolmentId,
  HoldId,
  LetterId,
  LoginId,
  OrderId,
  SessionId,
  SubscriberId,
  TokenImportId,
  TaskId,
} from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import type { Forbidden } from '#core/sessions/rights.ts'
import type { Instant } from '#core/time/time.ts'

/** What makes it more likely that somebody else holds the number. */
export type RiskSignal = 'contact-changed' | 'password-changed' | 'answers-failed'

/**
 * What is written down, in the same transaction as what it tells: no event, no decision.
 *
 * The claimant hears one thing, this log hears exactly why. It holds ids and reasons; never a name,
 * an address, an answer or a secret.
 */
export type AuditEvent = AuditSubject & AuditFact

interface AuditSubject {
  /** `null` when the claimed user name belongs to nobody. */
  readonly subscriberId: SubscriberId | null
  readonly loginId?: LoginId
  /** The session in which it was done, where it was done in one. */
  readonly within?: SessionId
}

type AuditFact =
  | { readonly kind: 'login.started'; readonly platform: string; readonly recognised: boolean }
  | {
      readonly kind: 'login.password-refused'
      readonly reason: PasswordRefusal
      /** Of `rights`: what the account does not allow. */
      readonly problem?: Problem
    }
  | { readonly kind: 'login.password-accepted'; readonly decoy: boolean }
  | {
      /**
       * An authenticator that speaks for itself did not log anybody in; `reason` is its method's,
       * or ours.
       */
      readonly kind: 'login.identity-refused'
      readonly method: string
      readonly authenticatorId: AuthenticatorId | null
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      readonly kind: 'login.challenged'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** Right, and not enough by itself for what the platform needs. */
      readonly kind: 'login.answer-accepted'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      readonly kind: 'login.answer-refused'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
      readonly reason: string
      readonly disabled: boolean
      /** It was one too many for the login as well. */
      readonly over: boolean
    }
  | { readonly kind: 'login.denied'; readonly method: string; readonly notMe: boolean }
  | { readonly kind: 'login.completed'; readonly acr: string; readonly methods: readonly string[] }
  | {
      readonly kind: 'login.expired'
      /** Something was right, and nothing followed. */
      readonly proven: boolean
      readonly recognised: boolean
    }
  | {
      /**
       * The same browser asks the same client for another login, so this request is over on the
       * device.
       */
      readonly kind: 'login.request-withdrawn'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
      readonly by: LoginId
    }
  | {
      /** The same client has completed another login in the same browser. */
      readonly kind: 'login.replaced'
      readonly by: LoginId
    }
  | { readonly kind: 'session.opened'; readonly sessionId: SessionId }
  | { readonly kind: 'session.ended'; readonly sessionId: SessionId; readonly by: SessionEnd }
  | {
      readonly kind: 'enrolment.started'
      readonly enrolmentId: EnrolmentId
      readonly method: string
    }
  | { readonly kind: 'enrolment.shown'; readonly enrolmentId: EnrolmentId }
  | { readonly kind: 'enrolment.cancelled'; readonly enrolmentId: EnrolmentId }
  | { readonly kind: 'enrolment.code-refused'; readonly enrolmentId: EnrolmentId }
  | {
      readonly kind: 'authenticator.bound'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly replaced: readonly AuthenticatorId[]
    }
  | {
      /** Bound with what can be redirected, so it waits to take the place of another (S73). */
      readonly kind: 'authenticator.waiting'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly until: Instant
      readonly signals: readonly RiskSignal[]
      /** Those that waited before it, and do no more. */
      readonly replaced: readonly AuthenticatorId[]
    }
  | {
      /** Whoever held the one before it, or a strong session, has said no. */
      readonly kind: 'authenticator.stopped'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'device' | 'session' | 'desk'
    }
  | { readonly kind: 'authenticator.renamed'; readonly authenticatorId: AuthenticatorId }
  | {
      readonly kind: 'authenticator.changed'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      readonly kind: 'authenticator.change-refused'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      /** It serves others still. */
      readonly kind: 'authenticator.unbound'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'holder' | 'desk'
    }
  | {
      readonly kind: 'authenticator.revoked' | 'authenticator.suspended'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'holder' | 'desk'
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /** Given out by the desk, for this reason; with a second person where one was needed. */
      readonly kind: 'authenticator.issued'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly agent: AgentId
      readonly approvedBy: AgentId | null
      readonly reason: string
    }
  | {
      readonly kind: 'authenticator.released'
      readonly authenticatorId: AuthenticatorId
      readonly agent: AgentId
    }
  | {
      /** It works again; what stood in for it is worth nothing from now on (R097). */
      readonly kind: 'authenticator.reactivated'
      readonly authenticatorId: AuthenticatorId
      readonly ended: readonly AuthenticatorId[]
    }
  | {
      /**
       * It answered right, and its count went back: of one that is synced that may be, so it was
       * let in.
       */
      readonly kind: 'authenticator.copy-suspected'
      readonly method: string
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** Two devices have signed with its key; neither answers any more (T-PWA-5). */
      readonly kind: 'authenticator.copied'
      readonly authenticatorId: AuthenticatorId
    }
  | {
      /** The desk has read out a code. */
      readonly kind: 'password.reset-started'
      readonly authenticatorId: AuthenticatorId
      readonly agent: AgentId
      readonly until: Instant
    }
  | {
      readonly kind: 'password.changed'
      readonly authenticatorId: AuthenticatorId
      /** What counts no more. */
      readonly replaced: readonly AuthenticatorId[]
      /** Whether it was known when it was changed, or the desk had helped with a code. */
      readonly by: 'holder' | 'reset'
    }
  | {
      readonly kind: 'token.imported'
      readonly importId: TokenImportId
      readonly imported: number
      readonly refused: number
    }
  | {
      /** A hardware token from the inventory. */
      readonly kind: 'token.given'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly by: AgentId
      /** How many others hold it besides. */
      readonly shared: number
    }
  | {
      /** What is to be done is told by its kind; the rest of it is sealed with the task. */
      readonly kind: 'task.opened' | 'task.cancelled' | 'task.used'
      readonly taskId: TaskId
      readonly deed: TaskKind
    }
  | {
      readonly kind: 'task.approved'
      readonly taskId: TaskId
      readonly deed: TaskKind
      readonly acr: string
      readonly methods: readonly string[]
    }
  | {
      readonly kind: 'task.refused'
      readonly taskId: TaskId
      readonly deed: TaskKind
      readonly problem: Problem
    }
  | {
      /** Somebody has come in with two factors in a browser that was new to us. */
      readonly kind: 'browser.recognised'
      readonly browserId: BrowserId
    }
  | {
      /** This one, or all of them. */
      readonly kind: 'browser.forgotten'
      readonly browserId?: BrowserId
    }
  | { readonly kind: 'browser.blocked'; readonly browserId: BrowserId }
  | { readonly kind: 'subscriber.created'; readonly by: Actor }
  | { readonly kind: 'subscriber.language-set'; readonly language: string; readonly by: Actor }
  | { readonly kind: 'subscriber.unlocked'; readonly failures: number }
  | {
      /** Whoever has the number has answered STOP, or START; or its holder wants texts again. */
      readonly kind: 'texts.stopped' | 'texts.resumed'
      /** The keyed hash of it. */
      readonly number: string
      readonly by: Actor
    }
  | { readonly kind: 'subscriber.seamless-set'; readonly seamless: boolean }
  | {
      /** They use the account of somebody else from now on, or of nobody. */
      readonly kind: 'subscriber.primary-set'
      readonly primary: SubscriberId | null
      readonly by: Actor
    }
  | {
      /** The primary user lets them change how they log in until then. */
      readonly kind: 'subscriber.leave-given'
      readonly until: Instant
      readonly primary: SubscriberId
    }
  | { readonly kind: 'subscriber.leave-taken'; readonly primary: SubscriberId }
  | {
      readonly kind: 'account.created' | 'account.approved' | 'account.opened' | 'account.closed'
      readonly accountId: AccountId
      readonly status: Account['status']
      readonly tradesFrom: Instant | null
      readonly by: Actor
    }
  | {
      readonly kind: 'account.relocated'
      readonly accountId: AccountId
      readonly jurisdiction: Account['jurisdiction']
      readonly residence: string | null
      readonly by: Actor
    }
  | { readonly kind: 'account.valued'; readonly accountId: AccountId; readonly by: Actor }
  | {
      /** A device, such as a security card: ordered, or not wanted any more. */
      readonly kind: 'order.placed' | 'order.withdrawn'
      readonly orderId: OrderId
      readonly method: string
      readonly by: Actor
    }
  | {
      /** It has left. */
      readonly kind: 'order.sent'
      readonly orderId: OrderId
      readonly method: string
      readonly until: Instant
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /** It was said to have left for an order that was cancelled: it is nobody's, and stays so. */
      readonly kind: 'order.sent-late'
      readonly orderId: OrderId
      readonly method: string
      readonly serial: string
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /** It is an authenticator now: proven by its holder, or because the day had come (R113). */
      readonly kind: 'order.activated'
      readonly orderId: OrderId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly by: 'holder' | 'calendar'
    }
  | {
      /** It was to be proven, and was not. */
      readonly kind: 'order.proof-refused'
      readonly orderId: OrderId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      /** Its holder says that they send it back; it answers nothing from then on. */
      readonly kind: 'token.returning'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      /** It is back, and nobody gets it again. */
      readonly kind: 'token.returned'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      /** The order whose deposit is free with it. */
      readonly orderId: OrderId | null
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      readonly kind: 'account.opted-out' | 'account.opted-in'
      readonly accountId: AccountId
      readonly by: Actor
    }
  | {
      readonly kind: 'hold.started'
      readonly holdId: HoldId
      readonly hold: string
      readonly forbids: readonly Forbidden[]
      readonly until: Instant
      readonly by: Actor
    }
  | { readonly kind: 'hold.ended'; readonly holdId: HoldId; readonly by: Actor }
  | {
      /** A notice that went by post, because nothing else reaches its addressee. */
      readonly kind: 'letter.posted'
      readonly letterId: LetterId
      readonly by: Actor
      /** Who of the desk. */
      readonly agent?: AgentId
    }
  | {
      /**
       * An address that somebody says is theirs: a code is sent there, is not the one, is not typed
       * at all.
       */
      readonly kind: 'contact.proof-started' | 'contact.code-refused' | 'contact.proof-cancelled'
      readonly enrolmentId: EnrolmentId
      readonly contact: string
    }
  | {
      /** Its holder has typed the code that was sent there; it was theirs already. */
      readonly kind: 'contact.verified'
      readonly contactId: ContactId
      readonly contact: string
    }
  | {
      readonly kind: 'contact.set'
      readonly contactId: ContactId
      readonly contact: string
      readonly replaced: ContactId | null
      readonly by: Actor
    }

/**
 * Who did it: the client, the operator at the command line, or a program of the back office by its
 * name.
 */
export type Actor = 'holder' | 'operator' | 'desk' | `back-office:${string}`

export type PasswordRefusal =
  | 'unknown-name'
  | 'wrong'
  | 'environment'
  | 'no-authenticator'
  | 'locked'
  | 'rights'
  | 'weak'

export type SessionEnd = 'holder' | 'log-out' | 'desk' | 'not-me' | 'account'
