import type { AccountId, GatheringId, SessionId, SubscriberId } from '#core/ids.ts'
import { after, before, days, type Instant, seconds } from '#core/time/time.ts'

/**
 * What a platform has done for a client and reports here, so that the client is told of it from one
 * place and by the way that they have chosen (R131).
 */
export type Reported =
  | {
      readonly kind: 'trade'
      readonly side: 'buy' | 'sell'
      /** Decimal digits, as the platform writes them: nothing is calculated with them. */
      readonly quantity: string
      readonly instrument: string
      readonly price: string
      readonly currency: string
    }
  | {
      /** To a person who is not the client. */
      readonly kind: 'transfer'
      readonly amount: string
      readonly currency: string
      readonly payee: string
      readonly payeeAccount: string
    }

export interface Report {
  readonly platform: string
  /** Of the platform: the same one is the same thing that happened. */
  readonly event: string
  readonly subscriberId: SubscriberId
  readonly accountId: AccountId
  /** In which it was asked for, where that is known. */
  readonly sessionId: SessionId | null
  readonly at: Instant
  readonly reportedAt: Instant
  /** When its client is to be told of a trade; `null` for told already, and for never. */
  readonly dueAt: Instant | null
  /** The notice that it is told with, with others. */
  readonly gathering: GatheringId | null
  readonly what: Reported
}

/** What is older is no news: its platform has to tell it itself. */
export const REPORTED_WITHIN = days(7)

/** How far the clock of a platform may be ahead of ours. */
const AHEAD_MAX = seconds(60)

/** Longer than anything is taken: as long as a report can come twice, it is known. */
export const REPORT_KEPT = days(14)

/** Why a report comes at the wrong time; `null` where it does not. */
export function wrongTime(at: Instant, now: Instant): 'event.too-old' | 'event.too-early' | null {
  if (at < before(now, REPORTED_WITHIN)) return 'event.too-old'
  return at > after(now, AHEAD_MAX) ? 'event.too-early' : null
}
