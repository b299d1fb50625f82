import { type AgentId, isAgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import { mayEnd, serialKey, type Token } from '#core/inventory/hardware-token.ts'
import { charged, settled } from '#core/orders/deposit.ts'
import { isFree, type Loss } from '#core/orders/fees.ts'
import type { Order } from '#core/orders/order.ts'
import type { Refusal } from '#core/problems.ts'
import {
  bookWrites,
  type DepositStep,
  depositEvents,
  keptFor,
  openedIn,
  steppedTo,
} from '#engine/subscribers/deposit.ts'
import { stoppedFor } from '#engine/endings.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { writtenOffWrite } from '#store/inventory/stock.ts'

/** A device that is not expected back: it ends, and its deposit is charged or free (R117). */

interface WritingOff {
  /** As it is printed on the device, however it was typed. */
  readonly serial: string
  readonly why: Loss
  readonly by: Actor
  /** The agent, by id; refused where it cannot be one. */
  readonly agent?: string
  /** What the commit is held to besides. */
  readonly besides?: readonly Write[]
}

export interface WrittenOff {
  readonly ok: true
  readonly serial: string
  /** The order that it came with, where there is one. */
  readonly order: Order | null
}

/**
 * Said twice, the first time counts; said for a reason that costs nothing, what was charged is owed
 * back. One that comes back after all is a return like any other.
 */
export async function writeOff(
  world: World,
  { serial: typed, why, by, agent, besides = [] }: WritingOff,
): Promise<WrittenOff | Refusal> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  const serial = serialKey(typed)
  return await retryStale<WrittenOff | Refusal>('token.conflict', async () => {
    const token = serial === null ? null : await findToken(world.db, serial)
    if (!token) return refusal('token.not-found')
    if (token.returnedAt !== null) return refusal('token.revoked')
    return await tryToWriteOff(world, token, { why, by, agent, besides })
  })
}

async function tryToWriteOff(
  world: World,
  token: Token,
  {
    why,
    by,
    agent,
    besides,
  }: Required<Pick<WritingOff, 'why' | 'by' | 'besides'>> & { readonly agent: AgentId | undefined },
): Promise<WrittenOff | Refusal | 'stale'> {
  const { serial, method, authenticatorId: id } = token
  const held = id && (await findAuthenticator(world.db, id))
  // On its way it is no authenticator yet: what is lost in the post is taken back.
  if (!id || !held) return refusal('token.not-out')
  const now = world.now()
  if (!mayEnd(by, held.value, now)) return refusal('token.given')
  const { expiresAt } = held.value
  if (why === 'expired' && (expiresAt === null || now < expiresAt))
    return refusal('token.not-expired')
  const step = await stepOf(world, token, why)
  const opened = step && (openedIn(step)?.id ?? null)
  const ends = held.value.lifecycle !== 'revoked'
  const order = step?.order?.value ?? step?.found ?? null
  if (token.writtenOff !== null && !ends && !step?.order) return { ok: true, serial, order }
  const { subscriberIds: holders } = held
  const all = ends
    ? await stoppedFor(world, { by: 'device-removed', actor: 'desk', id, holders })
    : []
  const about = { authenticatorId: id, method, orderId: order?.id ?? null }
  const fact = { ...about, why, by, ...(agent && { agent }) }
  const told = holders.map(
    (subscriberId) => ({ kind: 'token.written-off', subscriberId, ...fact }) as const,
  )
  const done = await commitAuthenticators(world.db, {
    now,
    changed: [
      ...(ends
        ? [{ value: { ...held.value, lifecycle: 'revoked' as const }, version: held.version }]
        : []),
      ...all.flatMap((one) => one.changed),
    ],
    besides,
    ended: all.map(({ ended }) => ended),
    deposit: [
      ...(step ? bookWrites(world.db, step) : []),
      writtenOffWrite(world.db, { serial, why, now, opened }),
    ],
    events: [
      ...told,
      ...all.flatMap((one) => one.events),
      ...(step ? depositEvents(step.entries, { by, id }) : []),
    ],
  })
  if (!done) return 'stale'
  for (const holder of holders) world.wakeUps.publish(topicOfClient(holder))
  return { ok: true, serial, order }
}

/** What becomes of the deposit; `order` is `null` where it stays as it is. */
async function stepOf(
  world: World,
  token: Token,
  why: Loss,
): Promise<(Omit<DepositStep, 'events'> & { readonly found: Order | null }) | null> {
  const read = await keptFor(world, token)
  if (!read) return null
  const { value, version } = read
  const now = world.now()
  const since = 'sentAt' in value ? value.sentAt : value.orderedAt
  const free = isFree(why, { since, now, rules: world.settings.orders })
  // For one that was given by hand nothing was kept back yet, and nothing is to be set free.
  const isNothing = free && version === null
  const deposit = free ? settled(value.deposit, now) : charged(value.deposit, now)
  if (isNothing || deposit === value.deposit)
    return { found: version === null ? null : value, order: null, entries: [] }
  return { found: value, ...steppedTo(read, deposit, { why, now }) }
}
