import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { LetterId } from '#core/ids.ts'

/** The audit events of letters. */
export type NoticesEvent = {
  /** A notice that went by post, because nothing else reaches its addressee. */
  readonly kind: 'letter.posted'
  readonly letterId: LetterId
  readonly by: Actor
  /** The agent. */
  readonly agent?: AgentId
}

/** Who is told of each event. An event without an entry here does not compile. */
export const NOTICES_EVENTS: Hearings<NoticesEvent> = {
  'letter.posted': {
    activity: 'letter-posted',
    notice: null,
    desk: true,
    counted: true,
  },
}
