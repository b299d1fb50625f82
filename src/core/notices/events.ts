import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { LetterId } from '#core/ids.ts'

/** What is written down about letters. */
export type NoticesEvent = {
  /** A notice that went by post, because nothing else reaches its addressee. */
  readonly kind: 'letter.posted'
  readonly letterId: LetterId
  readonly by: Actor
  /** Who of the desk. */
  readonly agent?: AgentId
}

/** Who hears of what. An event that is not decided here does not compile. */
export const NOTICES_EVENTS: Hearings<NoticesEvent> = {
  'letter.posted': {
    activity: 'letter-posted',
    notice: null,
    desk: true,
    counted: true,
  },
}
