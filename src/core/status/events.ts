import type { AgentId } from '#core/agent.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of the status page. */
export type StatusEvent =
  | {
      /** An operator tells all clients something. */
      readonly kind: 'status.notice-set'
      readonly why: string
      readonly until: Instant
      readonly agent: AgentId
    }
  | {
      readonly kind: 'status.notice-removed'
      readonly why: string
      readonly agent: AgentId
    }

const OF_OPERATORS = { activity: null, notice: null, desk: false, counted: true } as const

/** Who is told of each event. An event without an entry here does not compile. */
export const STATUS_EVENTS: Hearings<StatusEvent> = {
  'status.notice-set': OF_OPERATORS,
  'status.notice-removed': OF_OPERATORS,
}
