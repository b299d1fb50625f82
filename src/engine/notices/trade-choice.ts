import {
  everyOf,
  type HowOften,
  type TradeChannel,
  type TradeChoice,
  tradeDueAt,
  TRADE_CHANNELS,
} from '#core/notices/trade-choice.ts'
import type { Refusal } from '#core/problems.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import { rulesFor, type Source } from '#core/subscribers/jurisdiction.ts'
import { addressesNow } from '#engine/notices/reach.ts'
import { retryStale } from '#engine/retry.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { refusal, type World } from '#engine/world.ts'
import { findTradeChoice, setTradeChoice } from '#store/notices/trade-choices.ts'
import { findStamp } from '#store/security-stamp.ts'

/** How a client hears of trades that platforms report, as the portal shows and sets it. */

export interface TradeNotices {
  /** As it was chosen, and what holds without a choice. */
  readonly every: HowOften
  readonly channel: TradeChannel
  /** Where something can be sent now. */
  readonly channels: readonly TradeChannel[]
  /** The text that asks for these notices; `null` where none does. */
  readonly source: Source | null
}

export async function tradeNoticesOf(
  world: World,
  { subscriberId, accounts }: OpenSession,
): Promise<TradeNotices> {
  const { rules, sources } = rulesFor(world.settings.jurisdictions, accounts)
  const [{ value }, channels] = await Promise.all([
    findTradeChoice(world.db, subscriberId),
    channelsOf(world, subscriberId),
  ])
  return {
    every: everyOf(value, rules),
    channel: value.channel ?? channels[0] ?? 'email',
    channels,
    source: rules.notices === 'always' ? (sources.notices ?? null) : null,
  }
}

async function channelsOf(
  world: World,
  subscriberId: OpenSession['subscriberId'],
): Promise<readonly TradeChannel[]> {
  const addresses = await addressesNow(world, subscriberId, [])
  const open = addresses.filter(({ contact, way }) => way === 'open' && contact.replacedAt === null)
  return TRADE_CHANNELS.filter((channel) => open.some(({ contact }) => contact.kind === channel))
}

/** What was chosen already is not written again, nor told. */
export async function chooseTradeNotices(
  world: World,
  session: OpenSession,
  wanted: { readonly every: HowOften; readonly channel: TradeChannel | undefined },
): Promise<{ readonly ok: true } | Refusal> {
  const { subscriberId, subscriber, id: within, decision, accounts } = session
  if (decision.rights.portal !== 'full') return refusal('session.insufficient')
  if (!decidesForAccount(subscriber)) return refusal('subscriber.primary-user-only')
  const { rules } = rulesFor(world.settings.jurisdictions, accounts)
  return await retryStale<{ readonly ok: true } | Refusal>('subscriber.conflict', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const [{ value: before, version }, channels] = await Promise.all([
      findTradeChoice(world.db, subscriberId),
      channelsOf(world, subscriberId),
    ])
    const { every, channel = before.channel } = wanted
    const isOpen = channel !== null && channels.includes(channel)
    if (every !== 'never' && !isOpen) return refusal('event.no-address')
    const isSame = everyOf(before, rules) === every && before.channel === channel
    if (isSame && before.every !== null) return { ok: true }
    const now = world.now()
    const value: TradeChoice = { ...before, every, channel }
    const event = { kind: 'trade-notices.set', subscriberId, within, every, channel } as const
    // Those that wait are looked at once more where the client wants none: then they are let go.
    const dueAt = tradeDueAt(every, before.toldAt, now) ?? now
    const standing = { subscriberId, stamp, within }
    const done = await setTradeChoice(world.db, { value, version }, { standing, dueAt, now, event })
    return done ? { ok: true } : 'stale'
  })
}
