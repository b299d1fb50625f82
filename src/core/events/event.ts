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
}

/**
 * Who did it: the client, the operator at the command line, or a program of the back office by its
 * name.
 */
export type Actor = 'holder' | 'operator' | 'desk' | `back-office:${string}`

/** Who did it, by name where a person did it. */
export type EventActor =
  | 'holder'
  | 'system'
  | `staff:${AgentId}`
  | `operator:${AgentId}`
  | `platform:${string}`
  | `back-office:${string}`

/** How a client proved to an agent who they are; the strongest that was asked. */
export type Verification = 'approved-on-device' | 'passkey' | SaidVerification

/**
 * What an agent says of it, where only they were there. A caller who answers questions, shows a
 * number or sounds familiar has proven nothing (R126).
 */
export const SAID_VERIFICATIONS = ['response', 'call-back', 'document', 'in-person'] as const
export type SaidVerification = (typeof SAID_VERIFICATIONS)[number]
