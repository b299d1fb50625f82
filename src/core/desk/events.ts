import type { AgentId } from '#core/agent.ts'
import type { Role } from '#core/desk/role.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AuthenticatorId, MemberId, MemberSessionId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of the desk: of its staff. Who did it is the actor of the event. */
export type DeskEvent =
  | {
      readonly kind: 'desk.member-invited'
      readonly memberId: MemberId
      readonly role: Role
      /** They were here before: what they held has ended. */
      readonly again: boolean
      /** How much is theirs as a client: none means that they may act on whomever they like. */
      readonly ties: number
    }
  | {
      readonly kind: 'desk.member-joined'
      readonly memberId: MemberId
      readonly role: Role
      readonly passkeyId: AuthenticatorId
    }
  | {
      readonly kind: 'desk.member-role-set'
      readonly memberId: MemberId
      readonly role: Role
      readonly before: Role
    }
  | { readonly kind: 'desk.member-suspended'; readonly memberId: MemberId }
  | {
      readonly kind: 'desk.logged-in'
      readonly memberId: MemberId
      readonly memberSessionId: MemberSessionId
      readonly passkeyId: AuthenticatorId
    }
  | {
      readonly kind: 'desk.login-refused'
      /** Whose passkey it was; `null` for one that is not known here. */
      readonly memberId: MemberId | null
      readonly reason: string
    }
  | {
      readonly kind: 'desk.session-ended'
      readonly memberId: MemberId
      readonly memberSessionId: MemberSessionId
    }
  | {
      readonly kind: 'desk.passkey-added' | 'desk.passkey-removed' | 'desk.passkey-copied'
      readonly memberId: MemberId
      readonly passkeyId: AuthenticatorId
    }
  /** A client who does not exist was made; which one stands nowhere in the log. */
  | { readonly kind: 'desk.canary-made' }
  | {
      /** A deed was asked for, and the passkey did not confirm it. */
      readonly kind: 'desk.touch-refused'
      readonly memberId: MemberId
      readonly memberSessionId: MemberSessionId
      readonly deed: string
      readonly reason: string
    }
  | {
      /**
       * Compliance has looked: at this client or case, where the event names one. With `find` names
       * were typed, and here is what they are of; none was told before.
       */
      readonly kind: 'desk.audit-read'
      readonly look: 'find' | 'search' | 'export' | 'report' | 'figures' | 'pairs'
      readonly agentId: AgentId | null
      readonly of: string | null
      readonly from: Instant
      readonly until: Instant
    }

/** No client is told: none of this is about one. */
const OF_STAFF = { activity: null, notice: null, desk: false, counted: true } as const

/** Who is told of each event. An event without an entry here does not compile. */
export const DESK_EVENTS: Hearings<DeskEvent> = {
  'desk.member-invited': OF_STAFF,
  'desk.member-joined': OF_STAFF,
  'desk.member-role-set': OF_STAFF,
  'desk.member-suspended': OF_STAFF,
  'desk.logged-in': OF_STAFF,
  'desk.login-refused': OF_STAFF,
  'desk.session-ended': OF_STAFF,
  'desk.passkey-added': OF_STAFF,
  'desk.passkey-removed': OF_STAFF,
  'desk.passkey-copied': OF_STAFF,
  'desk.touch-refused': OF_STAFF,
  'desk.canary-made': OF_STAFF,
  // An investigation is read by compliance alone.
  'desk.audit-read': OF_STAFF,
}
