import type {
  AuthenticatorId,
  BrowserId,
  EnrolmentId,
  LoginId,
  SessionId,
  SubscriberId,
} from '#core/ids.ts'

/**
 * What is written down, in the same transaction as what it tells: no event, no decision.
 *
 * The claimant hears one thing, this log hears exactly why. It holds ids and reasons; never a name, an
 * address, an answer or a secret.
 */
export type AuditEvent = AuditSubject & AuditFact

interface AuditSubject {
  /** `null` when the claimed user name belongs to nobody. */
  readonly subscriberId: SubscriberId | null
  readonly loginId?: LoginId
}

type AuditFact =
  | { readonly kind: 'login.started'; readonly platform: string; readonly recognised: boolean }
  | { readonly kind: 'login.password-refused'; readonly reason: PasswordRefusal }
  | { readonly kind: 'login.password-accepted'; readonly decoy: boolean }
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
    }
  | { readonly kind: 'login.denied'; readonly method: string; readonly notMe: boolean }
  | { readonly kind: 'login.completed'; readonly acr: string; readonly methods: readonly string[] }
  | { readonly kind: 'login.expired' }
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
  | { readonly kind: 'authenticator.renamed'; readonly authenticatorId: AuthenticatorId }
  | {
      readonly kind: 'authenticator.revoked'
      readonly authenticatorId: AuthenticatorId
      readonly by: 'holder' | 'desk'
    }
  | {
      /** Two devices have signed with its key; neither answers any more (T-PWA-5). */
      readonly kind: 'authenticator.copied'
      readonly authenticatorId: AuthenticatorId
    }
  | { readonly kind: 'browser.forgotten' }
  | { readonly kind: 'browser.blocked'; readonly browserId: BrowserId }
  | { readonly kind: 'subscriber.created' }
  | { readonly kind: 'subscriber.unlocked'; readonly failures: number }
  | { readonly kind: 'subscriber.seamless-set'; readonly seamless: boolean }

export type PasswordRefusal =
  | 'unknown-name'
  | 'wrong'
  | 'environment'
  | 'no-authenticator'
  | 'locked'

export type SessionEnd = 'holder' | 'log-out' | 'desk' | 'not-me'
