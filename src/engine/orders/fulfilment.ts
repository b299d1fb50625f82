import { type AgentId, isAgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import { businessDaysAfter } from '#core/time/calendar.ts'
import { type AuthenticatorId, isId, type OrderId } from '#core/ids.ts'
import type { Letter } from '#core/notices/letter.ts'
import {
  activated,
  destinationOf,
  dueBackAt,
  isTravelling,
  lateness,
  type Lateness,
  type Order,
  RETURN_SHOWS_WITHIN,
  returned,
} from '#core/orders/order.ts'
import { isHeld } from '#core/orders/deposit.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { mayEnd, serialKey, type Token } from '#core/inventory/hardware-token.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { technicalLineOf } from '#engine/help-line.ts'
import { retryStale } from '#engine/retry.ts'
import {
  bookWrites,
  depositEvents,
  depositOnEnd,
  keptFor,
  openedIn,
} from '#engine/subscribers/deposit.ts'
import { devicesEndedBy, stoppedFor } from '#engine/endings.ts'
import { isBindingHeld, type OpenSession } from '#engine/sessions/rights.ts'
import { obstacleToRevoking } from '#engine/devices/overview.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { commitOrder, findOrder, dueOrders, listOrdersIn } from '#store/orders/orders.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import {
  commitReturn,
  findToken,
  findTokenOf,
  listReturnable,
  listReturns,
} from '#store/inventory/hardware-tokens.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What the back office does with orders: it sends devices, and takes them back (R113, R118). */

/** A table full of envelopes. */
export const ORDERS_MAX = 100

export interface Listing {
  readonly state: Order['state']
  readonly after: OrderId | null
}

/** Orders in one state, oldest first. */
export async function ordersIn(world: World, listing: Listing): Promise<readonly Order[]> {
  const found = await listOrdersIn(world.db, { ...listing, limit: ORDERS_MAX })
  return found.map(({ value }) => value)
}

/** An order, and the name of the client who placed it. */
export interface NamedOrder {
  readonly ok: true
  readonly order: Order
  readonly userName: string
  /** While it has left, and no one has said that it is there. */
  readonly lateness: Lateness | null
}

export async function getOrder(world: World, id: string): Promise<NamedOrder | Refusal> {
  const found = isId('ord', id) ? await findOrder(world.db, id) : null
  return found ? await named(world, found.value) : refusal('order.not-found')
}

export async function named(world: World, found: Order): Promise<NamedOrder> {
  const order = await addressed(world, found)
  const holder = await findSubscriber(world.db, order.subscriberId)
  if (!holder) throw new Error('an order without a subscriber')
  const facts = { now: world.now(), rules: world.settings.orders }
  const late = order.state === 'sent' ? lateness(order, facts) : null
  return { ok: true, order, userName: holder.value.userName, lateness: late }
}

/** What lies here still goes where it would be packed for now. */
async function addressed(world: World, order: Order): Promise<Order> {
  if (order.state !== 'ordered') return order
  const { subscriberId } = order
  const home = await currentContact(world, { subscriberId, kind: 'postal' })
  return { ...order, address: destinationOf(order, home) }
}

export interface By {
  readonly by: Actor
  /** The agent, by id; refused where it cannot be one. */
  readonly agent?: string
  /** What the commit is held to besides. */
  readonly besides?: readonly Write[]
}

/**
 * What was sent so long ago that it must have come is accepted from now on (R113). No response has
 * shown that it has, so temporary access goes on until it ends by itself: a client whose letter was
 * lost can still log in. Nothing vouches for it but the session that placed it, so it waits for a
 * proof once that was disowned.
 */
export async function activateDue(world: World): Promise<void> {
  for await (const due of dueOrders(world.db, world.now())) {
    const { value: order, version, placedIn, stamp } = due
    if (!isTravelling(order) || order.mustBeProven) continue
    const now = world.now()
    const value = activated(order, now)
    if ('stays' in value) continue
    const { subscriberId, id: orderId, method, held, serial } = order
    // It waits as long as nothing may be bound; the next look finds it again.
    if (await isBindingHeld(world, subscriberId)) continue
    const about = { subscriberId, orderId, authenticatorId: held.id, method }
    // Written since it was read: its holder has proven it just now, it is back, or the session that
    // placed it is disowned.
    await commitOrder(world.db, {
      now,
      order: { value, version },
      placedIn,
      binds: { authenticator: { ...held, createdAt: now }, serial },
      ended: { by: 'device-given', subscriberId, stamp },
      events: [{ kind: 'order.activated', ...about, by: 'calendar' }],
    })
  }
}

/** The sheet that lies beside the device in its envelope (R114). */
export async function enclosureOf(
  world: World,
  id: string,
): Promise<{ readonly ok: true; readonly letter: Letter } | Refusal> {
  const found = await getOrder(world, id)
  if (!found.ok) return found
  const { order } = found
  if (!isTravelling(order) && order.state !== 'active') return refusal('order.not-sent')
  const { words, settings } = world
  const holder = await findSubscriber(world.db, order.subscriberId)
  const language = holder?.value.language ?? 'en'
  const values = {
    brand: settings.name,
    technical: await technicalLineOf(world, order.subscriberId),
    site: settings.issuer,
    serial: order.serial,
    day: words.date(language, order.activatesAt),
  }
  const said = (name: string) => words.text(language, `order.enclosure.${name}`, values)
  const what = order.replaces === undefined ? 'what' : 'what-again'
  const day = order.mustBeProven ? 'never-by-itself' : 'by-itself'
  const letter: Letter = {
    id: `ltr_${order.id.slice('ord_'.length)}` as Letter['id'],
    language,
    subscriberId: order.subscriberId,
    address: order.address,
    sender: settings.name,
    date: words.date(language, order.sentAt),
    reference: order.serial,
    subject: said('subject'),
    paragraphs: [what, 'activate', day, 'help'].map(said),
    writtenAt: order.sentAt,
    postedAt: null,
  }
  return { ok: true, letter }
}

/** What can be sent back, and until when it shows that it has come (R118). */
export interface Returnable {
  readonly ok: true
  readonly serial: string
  readonly label: string
  readonly method: string
  readonly showsFrom: Instant
  readonly showsBy: Instant
  /** What is charged for it if it is not back by then; `null` where nothing is kept back. */
  readonly deposit: { readonly usd: number; readonly dueAt: Instant } | null
}

/**
 * Whether a device of this session's holder can be sent back; one that was made elsewhere is just
 * removed.
 */
export async function viewReturn(
  world: World,
  session: OpenSession,
  id: AuthenticatorId,
): Promise<Returnable | Refusal> {
  const held = await findAuthenticator(world.db, id)
  const isOwn = held?.subscriberIds.includes(session.subscriberId)
  const token = isOwn ? await findTokenOf(world.db, id) : null
  if (!held || !token || held.value.lifecycle === 'revoked') {
    return refusal('authenticator.not-found')
  }
  // It serves the others still (R120).
  if (held.subscriberIds.length > 1) return refusal('token.shared')
  const obstacle = await obstacleToRevoking(world, session, { id })
  if (obstacle) return refusal(obstacle)
  const { serial, method } = token
  const now = world.now()
  const found = await keptFor(world, token)
  const deposit =
    found && isHeld(found.value.deposit)
      ? { usd: found.value.deposit.usd, dueAt: dueBackAt(now, world.settings.orders) }
      : null
  return { ok: true, serial, method, deposit, label: held.value.label, ...showing(world, now) }
}

/** Business days from a day on which something was put into the post. */
export function showing({ settings: { calendar } }: World, at: Instant) {
  const { least, most } = RETURN_SHOWS_WITHIN
  return {
    showsFrom: businessDaysAfter(at, least, calendar),
    showsBy: businessDaysAfter(at, most, calendar),
  }
}

/** Its holder sends it back: it answers nothing from the moment it is in an envelope. */
export async function sendBack(
  world: World,
  session: OpenSession,
  id: AuthenticatorId,
): Promise<{ readonly ok: true } | Refusal> {
  const { subscriberId, id: within } = session
  const stamp = await findStamp(world.db, subscriberId)
  const viewed = await viewReturn(world, session, id)
  if (!viewed.ok) return viewed
  const held = await findAuthenticator(world.db, id)
  if (!held) return refusal('authenticator.not-found')
  const about = { subscriberId, within, authenticatorId: id, method: viewed.method }
  const devices = await devicesEndedBy(world, {
    by: 'device-removed',
    subscriberId,
    actor: 'session',
    within,
    stamp,
    isOf: (session) => session !== within,
    besides: [id],
  })
  const end = { id, subscriberId, how: 'unused', by: 'holder', within } as const
  const deposit = await depositOnEnd(world, end)
  const opened = openedIn(deposit)
  const done = await commitReturn(world.db, {
    now: world.now(),
    serial: viewed.serial,
    is: 'returning',
    besides: bookWrites(world.db, deposit),
    ...(opened && { opened: opened.id }),
    revoked: [
      { value: { ...held.value, lifecycle: 'revoked' }, version: held.version },
      ...devices.changed,
    ],
    ended: [{ by: 'device-removed', subscriberId, within, stamp }],
    events: [{ kind: 'token.returning', ...about }, ...devices.events, ...deposit.events],
  })
  if (!done) return refusal('authenticator.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true }
}

/** What a client has sent back, and what has come of it. */
export const returnsOf = async (
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
): Promise<readonly Token[]> => await listReturns(world.db, subscriberId)

/** A card that a client holds, and that came by post. */
export interface HeldCard {
  readonly id: AuthenticatorId
  readonly serial: string
  /** The order that it came with; `null` for one that was given by the desk. */
  readonly orderId: OrderId | null
}

/** What could go back by post, whether or not this login is enough for it (R118). */
export async function canGoBack(
  world: World,
  { subscriberId }: Pick<OpenSession, 'subscriberId'>,
): Promise<readonly HeldCard[]> {
  const tokens = await listReturnable(world.db, subscriberId)
  return tokens.flatMap(({ authenticatorId: id, serial, orderId }) =>
    id === null ? [] : [{ id, serial, orderId }],
  )
}

export interface Returned {
  readonly ok: true
  readonly serial: string
  readonly returnedAt: Instant
  /** The order whose deposit is free with it, where there is one. */
  readonly order: Order | null
}

/**
 * It is back, from its client or because it could not be delivered: it is never given out again, it
 * answers nothing, and the deposit is free, or owed back where it was charged. Said twice, the
 * first time counts.
 */
export async function tokenReturned(
  world: World,
  { serial: typed, by, agent, besides = [] }: By & { readonly serial: string },
): Promise<Returned | Refusal> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  const serial = serialKey(typed)
  return await retryStale<Returned | Refusal>('token.conflict', async () => {
    const token = serial === null ? null : await findToken(world.db, serial)
    if (!token) return refusal('token.not-found')
    const found = token.orderId && (await findOrder(world.db, token.orderId))
    if (token.returnedAt !== null) {
      const { returnedAt } = token
      return { ok: true, serial: token.serial, returnedAt, order: found ? found.value : null }
    }
    if (token.authenticatorId === null && !found) return refusal('token.not-out')
    return await takenBack(world, { token, found: found || null, by, agent, besides })
  })
}

interface TakingBack {
  readonly token: Token
  readonly found: Versioned<Order> | null
  readonly by: Actor
  readonly agent: AgentId | undefined
  readonly besides: readonly Write[]
}

async function takenBack(
  world: World,
  { token, found, by, agent, besides }: TakingBack,
): Promise<Returned | Refusal | 'stale'> {
  const now = world.now()
  const value = found && returned(found.value, now)
  if (value && 'stays' in value) return refusal(value.stays)
  const { serial, method } = token
  const held = token.authenticatorId && (await findAuthenticator(world.db, token.authenticatorId))
  if (!mayEnd(by, held ? held.value : null, now)) return refusal('token.given')
  const authenticatorId = token.authenticatorId ?? value?.authenticatorId
  if (!authenticatorId) throw new Error('a token that is out has a holder')
  const holders = held ? held.subscriberIds : value ? [value.subscriberId] : []
  const about = { authenticatorId, method, orderId: value?.id ?? null, by }
  const fact = { ...about, ...(agent !== undefined && { agent }) }
  // One that is lying here is in no other hands, whatever its holder said: it ends now, for
  // all of them.
  const ends = held && held.value.lifecycle !== 'revoked' ? held : null
  const all = ends
    ? await stoppedFor(world, { by: 'device-removed', actor: 'desk', id: authenticatorId, holders })
    : []
  const revoked = ends
    ? [{ value: { ...ends.value, lifecycle: 'revoked' as const }, version: ends.version }]
    : []
  const told = holders.map(
    (subscriberId) => ({ kind: 'token.returned', subscriberId, ...fact }) as const,
  )
  const entries = found && value ? entriesOf(found.value, value, { why: 'returned', now }) : []
  const done = await commitReturn(world.db, {
    now,
    serial,
    is: 'returned',
    besides,
    ...(value && found && { order: { value, version: found.version } }),
    entries,
    revoked: [...revoked, ...all.flatMap((one) => one.changed)],
    ended: all.map(({ ended }) => ended),
    events: [
      ...told,
      ...all.flatMap((one) => one.events),
      ...depositEvents(entries, { by, id: authenticatorId }),
    ],
  })
  if (!done) return 'stale'
  for (const holder of holders) world.wakeUps.publish(topicOfClient(holder))
  return { ok: true, serial, returnedAt: now, order: value }
}
