import type { Instant, Millis } from '#core/time/time.ts'
import { after, hours } from '#core/time/time.ts'
import type { Rules } from '#core/subscribers/jurisdiction.ts'

/** How often a client hears of trades: one message for each, or one for all of an hour or a day. */
export const HOW_OFTEN = ['each', 'hour', 'day', 'never'] as const
export type HowOften = (typeof HOW_OFTEN)[number]

export const TRADE_CHANNELS = ['email', 'mobile'] as const
export type TradeChannel = (typeof TRADE_CHANNELS)[number]

/** What a client has chosen for notices of trades; `null` as long as they have not. */
export interface TradeChoice {
  readonly channel: TradeChannel | null
  readonly every: HowOften | null
  /** When they were last told. */
  readonly toldAt: Instant | null
}

export const NO_CHOICE: TradeChoice = { channel: null, every: null, toldAt: null }

const APART: Readonly<Record<Exclude<HowOften, 'never'>, Millis | null>> = {
  each: null,
  hour: hours(1),
  day: hours(24),
}

/**
 * What holds for a client. Where their place wants all of it told, trades are, until the client
 * says no: of all notices only these may be opted out of (R131). Elsewhere a client asks for them.
 */
export const everyOf = ({ every }: TradeChoice, { notices }: Pick<Rules, 'notices'>): HowOften =>
  every ?? (notices === 'always' ? 'each' : 'never')

/** When a trade is told that is reported now, or waits; `null` for never. */
export function tradeDueAt(every: HowOften, toldAt: Instant | null, now: Instant): Instant | null {
  if (every === 'never') return null
  const apart = APART[every]
  if (apart === null || toldAt === null) return now
  const next = after(toldAt, apart)
  return next > now ? next : now
}
