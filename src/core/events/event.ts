import type { AgentId } from '#core/agent.ts'
import type { CaseId, LoginId, SessionId, SubscriberId } from '#core/ids.ts'

/** What every event can say, whatever it is about. */
export interface AuditSubject {
  /** `null` when no client has the claimed user name. */
  readonly subscriberId: SubscriberId | null
  readonly loginId?: LoginId
  /** The session in which it was done, where it was done in one. */
  readonly within?: SessionId
  /** Who did it, where its own facts do not say so. */
  readonly actor?: EventActor
  /** The case of the desk under which it was done. */
  readonly caseId?: CaseId
  /** How the desk had made sure who the client was. */
  readonly verified?: Verification
  /** What a program of the back office says, that did it for the member of staff who is `actor`. */
  readonly behalf?: {
    readonly program: ProgramActor
    readonly reason: BehalfReason
    /** The number of the case or ticket in the program's own books. */
    readonly reference?: string
  }
}

export type Behalf = NonNullable<AuditSubject['behalf']>

/** A program of the back office, by its client id. */
export type ProgramActor = `back-office:${string}`

/** Why a program did something for a member of staff. */
export const BEHALF_REASONS = ['client-request', 'correction', 'obligation', 'routine'] as const
export type BehalfReason = (typeof BEHALF_REASONS)[number]

/**
 * Who did it: the client, the operator at the command line, or a program of the back office by its
 * name.
 */
export type Actor = 'holder' | 'operator' | 'desk' | ProgramActor

/** Who did it, by name where a person did it. */
export type EventActor =
  | 'holder'
  | 'system'
  | `staff:${AgentId}`
  | `operator:${AgentId}`
  | `platform:${string}`
  | ProgramActor

/** How a client proved to an agent who they are; the strongest that was asked. */
export type Verification = 'approved-on-device' | 'passkey' | SaidVerification

/**
 * What an agent says of it, where only they were there. A caller who answers questions, shows a
 * number or sounds familiar has proven nothing (R126).
 */
export const SAID_VERIFICATIONS = ['response', 'call-back', 'document', 'in-person'] as const
export type SaidVerification = (typeof SAID_VERIFICATIONS)[number]
