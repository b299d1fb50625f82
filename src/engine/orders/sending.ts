import { type AgentId, isAgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Contact } from '#core/contact/address.ts'
import type { Actor } from '#core/events/event.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { isId, newId } from '#core/ids.ts'
import { serialKey, type StockedToken } from '#core/inventory/hardware-token.ts'
import type { Json } from '#core/json.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import {
  delivered,
  destinationOf,
  lost,
  type Order,
  packed,
  parcelOf,
  relabelled,
  sent,
} from '#core/orders/order.ts'
import { type Shipment, shipmentOf } from '#core/orders/shipment.ts'
import type { Refusal } from '#core/problems.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import { type By, type NamedOrder, named } from '#engine/orders/fulfilment.ts'
import { unpacked } from '#engine/orders/orders.ts'
import { retryStale } from '#engine/retry.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { contactCounts, contactStays } from '#store/contact/addresses.ts'
import type { Write } from '#store/database/connection.ts'
import { commitStopped, findToken } from '#store/inventory/hardware-tokens.ts'
import { commitOrder, findOrder } from '#store/orders/orders.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * The way of a device to its client: into an envelope, out of the house, there, or lost (R111 to
 * R113). Each can be said twice, by two people or two nodes: the first time counts.
 */

interface About extends By {
  readonly id: string
}

interface Packing extends About {
  /** As it is printed on the device, however it was typed. */
  readonly serial: string
}

interface Sending extends Packing {
  /** As they stand on the label, however they were typed. */
  readonly carrier?: string | undefined
  readonly tracking?: string | undefined
}

type Answer = NamedOrder | Refusal

/** Who says it, for the event. */
const sayer = ({ by, agent }: { readonly by: Actor; readonly agent: AgentId | undefined }) => ({
  by,
  ...(agent !== undefined && { agent }),
})

interface Read {
  readonly found: Versioned<Order>
  readonly agent: AgentId | undefined
}

/** The order as it is at this moment, as often as another was faster. */
async function step(
  world: World,
  { id, agent }: About,
  take: (read: Read) => Promise<Answer | 'stale'>,
): Promise<Answer> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  return await retryStale<Answer>('order.conflict', async () => {
    const found = isId('ord', id) ? await findOrder(world.db, id) : null
    return found ? await take({ found, agent }) : refusal('order.not-found')
  })
}

/**
 * It lies in its envelope: what its holder chose goes into it now, and is kept nowhere else.
 * Another serial number takes the place of the one before, which is free again.
 */
export async function orderPacked(world: World, packing: Packing): Promise<Answer> {
  const { by, besides = [] } = packing
  const serial = serialKey(packing.serial)
  return await step(world, packing, async ({ found, agent }) => {
    const { value: order, version } = found
    if ('serial' in order && order.serial === serial) return await named(world, order)
    const card = await cardFor(world, order, serial)
    if ('problem' in card) return card
    const now = world.now()
    const home = await homeOf(world, order)
    const value = packed(order, { held: card, address: destinationOf(order, home), now })
    if ('stays' in value) return refusal(value.stays)
    const { subscriberId, id: orderId, method } = order
    const about = { subscriberId, orderId, method, ...sayer({ by, agent }) }
    const done = await commitOrder(world.db, {
      now,
      order: { value, version },
      takes: value.serial,
      ...unpacked(order),
      besides: [...besides, ...homeStays(world, home)],
      events: [{ kind: 'order.packed', ...about, ...readdressed(order, home) }],
    })
    return done ? await named(world, value) : 'stale'
  })
}

/**
 * It has left, with this serial number. Said twice with the same number, the first time counts; of
 * two numbers, or of two orders for one, one wins.
 */
export async function orderSent(world: World, sending: Sending): Promise<Answer> {
  const { by, besides = [] } = sending
  const serial = serialKey(sending.serial)
  const shipment = shipmentOf(sending)
  if (shipment === undefined) return refusal('order.no-label')
  return await step(world, sending, async ({ found, agent }) => {
    const { value: order } = found
    if (order.state === 'withdrawn')
      return await sentLate(world, order, { serial, by, agent, besides })
    const isPacked = order.state === 'packed' && order.serial === serial
    if ('serial' in order && order.serial === serial && !isPacked) return await named(world, order)
    const card = isPacked ? order.held : await cardFor(world, order, serial)
    if ('problem' in card) return card
    return await leaves(world, found, { card, shipment, isPacked, by, agent, besides })
  })
}

interface Leaving extends Pick<Read, 'agent'> {
  readonly card: Authenticator
  readonly shipment: Shipment | null
  readonly isPacked: boolean
  readonly by: Actor
  readonly besides: readonly Write[]
}

async function leaves(
  world: World,
  { value: order, version }: Versioned<Order>,
  { card, shipment, isPacked, by, agent, besides }: Leaving,
): Promise<Answer | 'stale'> {
  const now = world.now()
  const rules = world.settings.orders
  const parcel = parcelOf(order, { serial: card.label, now, rules, shipment })
  const home = isPacked ? null : await homeOf(world, order)
  const value = sent(order, { parcel, held: card, address: destinationOf(order, home) })
  if ('stays' in value) return refusal(value.stays)
  const { subscriberId, id: orderId, method } = order
  const about = { subscriberId, orderId, method, until: parcel.expectedAt }
  const done = await commitOrder(world.db, {
    now,
    order: { value, version },
    ...(isPacked ? {} : { takes: parcel.serial, ...unpacked(order) }),
    besides: [...besides, ...homeStays(world, home)],
    events: [
      { kind: 'order.sent', ...about, ...sayer({ by, agent }), ...readdressed(order, home) },
    ],
  })
  return done ? await named(world, value) : 'stale'
}

const homeOf = async (world: World, { subscriberId }: Order): Promise<Contact | null> =>
  await currentContact(world, { subscriberId, kind: 'postal' })

/** It is proven still, and nothing has replaced it. */
const homeStays = ({ db }: World, home: Contact | null): readonly Write[] =>
  home === null
    ? []
    : [
        home.verifiedAt === null
          ? contactCounts(db, home.id)
          : contactStays(db, home.id, home.verifiedAt),
      ]

/** It goes elsewhere than it was ordered to. */
const readdressed = (order: Order, home: Contact | null) =>
  home !== null && destinationOf(order, home) !== order.address ? { contactId: home.id } : {}

/**
 * Its order was cancelled. Whether the card is still here or has left is not known: it is taken out
 * of the inventory, so that no other client gets one that may be in a stranger's hands.
 */
async function sentLate(
  world: World,
  order: Order,
  {
    serial: typed,
    by,
    agent,
    besides,
  }: Pick<Leaving, 'by' | 'agent' | 'besides'> & { readonly serial: string | null },
): Promise<Refusal | 'stale'> {
  const token = typed === null ? null : await findToken(world.db, typed)
  const isNobodys =
    token !== null &&
    token.method === order.method &&
    token.authenticatorId === null &&
    token.orderId === null &&
    token.returnedAt === null
  if (!isNobodys) return refusal('order.withdrawn')
  const { subscriberId, id: orderId, method } = order
  const { serial } = token
  const about = { subscriberId, orderId, method, serial, ...sayer({ by, agent }) }
  const events = [{ kind: 'order.sent-late', ...about } as const]
  const done = await commitStopped(world.db, { now: world.now(), serial, besides, events })
  return done ? refusal('order.withdrawn') : 'stale'
}

/** What stands on the label was written down wrong: it is put right while it is in the post. */
export async function orderRelabelled(
  world: World,
  relabelling: About & Pick<Sending, 'carrier' | 'tracking'>,
): Promise<Answer> {
  const { by, besides = [] } = relabelling
  const shipment = shipmentOf(relabelling)
  if (shipment === undefined) return refusal('order.no-label')
  return await step(world, relabelling, async ({ found: { value: order, version }, agent }) => {
    const value = relabelled(order, shipment)
    if ('stays' in value) return refusal(value.stays)
    if (value === order) return await named(world, order)
    const { subscriberId, id: orderId, method } = order
    const about = { subscriberId, orderId, method, ...sayer({ by, agent }) }
    const events = [{ kind: 'order.relabelled', ...about } as const]
    const now = world.now()
    const done = await commitOrder(world.db, { now, order: { value, version }, besides, events })
    return done ? await named(world, value) : 'stale'
  })
}

/** The carrier says that it is there. Its client still proves that it is. */
export async function orderDelivered(world: World, saying: About): Promise<Answer> {
  const { by, besides = [] } = saying
  return await step(world, saying, async ({ found: { value: order, version }, agent }) => {
    const now = world.now()
    const value = delivered(order, { by: 'carrier', now })
    if ('stays' in value) return refusal(value.stays)
    if (value === order) return await named(world, order)
    const { subscriberId, id: orderId, method } = order
    const about = { subscriberId, orderId, method, ...sayer({ by, agent }) }
    const events = [{ kind: 'order.delivered', ...about } as const]
    const done = await commitOrder(world.db, { now, order: { value, version }, besides, events })
    return done ? await named(world, value) : 'stale'
  })
}

/**
 * It never came. The card is stopped wherever it is: no day accepts it, no answer of it proves
 * anything, and no other client gets it. Nothing is kept back for it any more.
 */
export async function orderLost(world: World, saying: About): Promise<Answer> {
  const { by, besides = [] } = saying
  return await step(world, saying, async ({ found: { value: order, version }, agent }) => {
    const now = world.now()
    const value = lost(order, now)
    if ('stays' in value) return refusal(value.stays)
    if (value === order) return await named(world, order)
    const { subscriberId, id: orderId, method } = order
    const { serial, authenticatorId: id } = value
    const about = { subscriberId, orderId, method, serial, ...sayer({ by, agent }) }
    const entries = entriesOf(order, value, { why: 'lost-in-post', now })
    const events: readonly AuditEvent[] = [
      { kind: 'order.lost', ...about },
      ...depositEvents(entries, { by, id }),
    ]
    const change = { order: { value, version }, besides, entries, events }
    const done = await commitOrder(world.db, { now, ...change })
    return done ? await named(world, value) : 'stale'
  })
}

/** Why this card cannot go into the envelope of the order; `null` where it can, or does. */
export async function obstacleToPacking(
  world: World,
  order: Order,
  typed: string,
): Promise<Refusal | null> {
  const serial = serialKey(typed)
  if ('serial' in order && order.serial === serial) return null
  const card = await cardFor(world, order, serial)
  return 'problem' in card ? card : null
}

/** The authenticator that a device from the inventory will be, with what its holder chose in it. */
async function cardFor(
  world: World,
  order: Order,
  serial: string | null,
): Promise<Authenticator | Refusal> {
  if (order.state === 'withdrawn') return refusal('order.withdrawn')
  if (order.state !== 'ordered' && order.state !== 'packed') return refusal('order.left')
  const token = serial === null ? null : await findToken(world.db, serial)
  if (!token) return refusal('token.not-found')
  if (token.returnedAt !== null) return refusal('token.revoked')
  if (token.authenticatorId !== null || token.orderId !== null) return refusal('token.given')
  if (token.method !== order.method) return refusal('order.other-device')
  const wishes = order.state === 'ordered' ? order.wishes : wishesIn(world, order.held)
  return given(world, { method: order.method, wishes, token })
}

/** What its holder chose, out of the device that lies in the envelope. */
function wishesIn(world: World, { method, state }: Authenticator): Json {
  const ordering = methodNamed(world, method).stock?.ordering
  if (!ordering) throw new Error(`${method} was ordered, and cannot be`)
  return ordering.wishesOf(state)
}

function given(
  world: World,
  {
    method: name,
    wishes,
    token: { serial, state: kept },
  }: { readonly method: string; readonly wishes: Json; readonly token: StockedToken },
): Authenticator | Refusal {
  const now = world.now()
  const made = methodNamed(world, name).stock?.give(kept, wishes)
  if (!made) throw new Error(`${name} was ordered, and is never delivered`)
  if (!made.ok) return refusal(made.problem)
  if (made.expiresAt !== null && made.expiresAt <= now) return refusal('token.expired')
  return {
    ...FRESH,
    id: newId('aut', now, world.random),
    method: name,
    label: serial,
    state: made.state,
    createdAt: now,
    expiresAt: made.expiresAt,
  }
}
