import type { CarrierCall, CarrierReceipt, CarrierReply } from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import type { Instant } from '#core/time/time.ts'
import { topicOfLogin } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import {
  type About,
  listMessages,
  type MessageSeen,
  recordReceiptOf,
} from '#store/delivery/carrier-messages.ts'

/** How far what was sent for a challenge has come. */
export type DeliveryNews =
  | { readonly kind: 'sent' | 'delivered'; readonly at: Instant }
  /** `beside-failed`: what carries the same by another way, such as the mail beside a text. */
  | {
      readonly kind: 'failed' | 'beside-failed'
      readonly at: Instant
      readonly reason: FailureReason
    }

/**
 * Keeps what a carrier tells of a message, and wakes the page that waits for it. It may come on any
 * node, twice, or before the sender has written the message.
 */
export async function noteCarrierReceipt(
  world: Pick<World, 'db' | 'now' | 'wakeUps'>,
  { channel, message, failure }: CarrierReceipt,
): Promise<void> {
  const at = world.now()
  const told = failure === null ? DELIVERED : ({ state: 'failed', reason: failure } as const)
  const loginId = await recordReceiptOf(world.db, { channel, message, at, ...told })
  if (loginId !== null) world.wakeUps.publish(topicOfLogin(loginId))
}

const DELIVERED = { state: 'delivered' } as const

/** Hands a carrier's request to its channel; `null` when there is none that could answer. */
export async function answerCarrier(
  { channels }: Pick<World, 'channels'>,
  name: string,
  call: CarrierCall,
): Promise<CarrierReply | null> {
  return (await channels.get(name)?.answer?.(call)) ?? null
}

/** A text has arrived when all of its parts have, and has failed when one of them did. */
export async function deliveryOf(
  { db }: Pick<World, 'db'>,
  about: About,
): Promise<readonly DeliveryNews[]> {
  const all = await listMessages(db, about)
  const messages = all.filter(({ isBeside }) => !isBeside)
  const besides = all.filter(({ isBeside }) => isBeside)
  return [...newsOf(messages), ...besides.flatMap((one) => failureOf(one, 'beside-failed'))]
}

function newsOf(messages: readonly MessageSeen[]): readonly DeliveryNews[] {
  const [own] = messages.filter(({ isOwn }) => isOwn)
  const theirs = messages.filter(({ isOwn }) => !isOwn)
  const last = theirs.at(-1)
  const sent = own && own.state !== 'failed' ? [{ kind: 'sent' as const, at: own.at }] : []
  if (last && theirs.every(({ state }) => state === 'delivered'))
    return [...sent, { kind: 'delivered', at: last.at }]
  const failed = messages.find((message) => message.state === 'failed')
  return [...sent, ...(failed ? failureOf(failed, 'failed') : [])]
}

const failureOf = (
  message: MessageSeen,
  kind: 'failed' | 'beside-failed',
): readonly DeliveryNews[] =>
  message.state === 'failed' ? [{ kind, at: message.at, reason: message.reason }] : []
