import { type AgentId, isAgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import { serialKey, type Token } from '#core/inventory/hardware-token.ts'
import { charged, settled } from '#core/orders/deposit.ts'
import { isFree, type Loss } from '#core/orders/fees.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import type { Order } from '#core/orders/order.ts'
import type { Refusal } from '#core/problems.ts'
import { type DepositStep, depositEvents, depositWrites } from '#engine/subscribers/deposit.ts'
import { stoppedFor } from '#engine/endings.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitAuthenticators, findAuthenticator } from '#store/devices/authenticators.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findOrder } from '#store/orders/orders.ts'

/** A device that is not expected back: it ends, and its deposit is charged or free (R117). */

interface WritingOff {
  /** As it is printed on the device, however it was typed. */
  readonly serial: string
  readonly why: Loss
  readonly by: Actor
  /** The agent, by id; refused where it cannot be one. */
  readonly agent?: string
}

export interface WrittenOff {
  readonly ok: true
  readonly serial: string
  /** The order that it came with, where there is one. */
  readonly order: Order | null
}

/** Said twice, the first time counts; one that comes back after all is a return like any other. */
export async function writeOff(
  world: World,
  { serial: typed, why, by, agent }: WritingOff,
): Promise<WrittenOff | Refusal> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  const serial = serialKey(typed)
  return await retryStale<WrittenOff | Refusal>('token.conflict', async () => {
    const token = serial === null ? null : await findToken(world.db, serial)
    if (!token) return refusal('token.not-found')
    if (token.returnedAt !== null) return refusal('token.revoked')
    return await tryToWriteOff(world, token, { why, by, agent })
  })
}

async function tryToWriteOff(
  world: World,
  { serial, method, authenticatorId: id, orderId }: Token,
  { why, by, agent }: Pick<WritingOff, 'why' | 'by'> & { readonly agent: AgentId | undefined },
): Promise<WrittenOff | Refusal | 'stale'> {
  const held = id && (await findAuthenticator(world.db, id))
  // On its way it is no authenticator yet: what is lost in the post is taken back.
  if (!id || !held) return refusal('token.not-out')
  const step = orderId ? await stepOf(world, { id: orderId, why }) : null
  const ends = held.value.lifecycle !== 'revoked'
  const order = step?.order?.value ?? step?.found ?? null
  if (!ends && !step?.order) return { ok: true, serial, order }
  const now = world.now()
  const { subscriberIds: holders } = held
  const all = ends
    ? await stoppedFor(world, { by: 'device-removed', actor: 'desk', id, holders })
    : []
  const fact = { authenticatorId: id, method, orderId, why, by, ...(agent && { agent }) }
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
    ended: all.map(({ ended }) => ended),
    ...(step && { deposit: depositWrites(world, step) }),
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
  { id, why }: { readonly id: Order['id']; readonly why: Loss },
): Promise<(Omit<DepositStep, 'events'> & { readonly found: Order }) | null> {
  const read = await findOrder(world.db, id)
  if (!read) return null
  const { value: found, version } = read
  const now = world.now()
  const since = 'sentAt' in found ? found.sentAt : found.orderedAt
  const free = isFree(why, { since, now, rules: world.settings.orders })
  const deposit = free ? settled(found.deposit, now) : charged(found.deposit, now)
  if (deposit === found.deposit) return { found, order: null, entries: [] }
  const value = { ...found, deposit }
  return { found, order: { value, version }, entries: entriesOf(found, value, { why, now }) }
}
