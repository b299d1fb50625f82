import type { AgentId } from '#core/agent.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of passwords. */
export type PasswordEvent =
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

/** Who is told of each event. An event without an entry here does not compile. */
export const PASSWORD_EVENTS: Hearings<PasswordEvent> = {
  'password.reset-started': {
    activity: 'password-reset-started',
    notice: 'password-reset',
    desk: true,
    counted: true,
  },
  'password.changed': {
    activity: ({ by }) => (by === 'reset' ? 'password-reset' : 'password-changed'),
    notice: 'password-changed',
    desk: true,
    counted: true,
  },
}
