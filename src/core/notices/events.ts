import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AccountId, GatheringId, LetterId, SessionId } from '#core/ids.ts'
import type { HowOften, TradeChannel } from '#core/notices/trade-choice.ts'

/** The audit events of letters, and of what platforms report. */
export type NoticesEvent =
  | {
      /** A notice that went by post, because nothing else reaches its addressee. */
      readonly kind: 'letter.posted'
      readonly letterId: LetterId
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** A platform has done it for the client; what exactly is sealed with its report. */
      readonly kind: 'trade.executed' | 'transfer.executed'
      readonly accountId: AccountId
      readonly platform: string
      /** The id that the platform has given it. */
      readonly report: string
    }
  | {
      /** So many trades become one notice. */
      readonly kind: 'trades.gathered'
      readonly gathering: GatheringId
      readonly count: number
      /** In which they were asked for, where that is known. */
      readonly sessions: readonly SessionId[]
    }
  | {
      readonly kind: 'trade-notices.set'
      readonly every: HowOften
      readonly channel: TradeChannel | null
    }
  | {
      /** How often phones are told news of orders; everything else they are told always. */
      readonly kind: 'alerts.set'
      readonly every: HowOften
    }

/** Who is told of each event. An event without an entry here does not compile. */
export const NOTICES_EVENTS: Hearings<NoticesEvent> = {
  'letter.posted': {
    activity: 'letter-posted',
    notice: null,
    desk: true,
    counted: true,
  },
  'trade.executed': {
    activity: 'trade-executed',
    // Told with others, as often as its client wants (`trades.gathered`).
    notice: null,
    desk: true,
    counted: true,
  },
  'transfer.executed': {
    activity: 'transfer-executed',
    notice: 'transfer-executed',
    desk: true,
    counted: true,
  },
  'trades.gathered': {
    activity: null,
    notice: 'trades',
    desk: false,
    counted: true,
  },
  'trade-notices.set': {
    activity: 'trade-notices-set',
    // A thief in a stolen session would turn them off first.
    notice: 'trade-notices-set',
    desk: true,
    counted: true,
  },
  'alerts.set': {
    activity: 'alerts-set',
    // Orders are told by mail all the same.
    notice: null,
    desk: true,
    counted: true,
  },
}
