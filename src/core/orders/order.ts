import type { Contact } from '#core/contact/address.ts'
import type { AuthenticatorId, OrderId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { businessDaysAfter, type Calendar } from '#core/time/calendar.ts'
import type { Json } from '#core/json.ts'
import type { Stayed } from '#core/login/state.ts'
import type { Problem } from '#core/problems.ts'
import { type Deposit, settled } from '#core/orders/deposit.ts'
import type { Shipment } from '#core/orders/shipment.ts'
import { commonOf } from '#core/states.ts'
import { after, days, type Instant, minutes } from '#core/time/time.ts'

/**
 * A device that a client has ordered and that reaches them by post.
 *
 *   ordered ──▶ packed ──left──▶ sent ──said to be there──▶ delivered
 *      └───────────┴──▶ withdrawn    ├─────────────────────────────┴──proven, or on its day──▶ active
 *                                    ├──came back, opened or not──▶ returned ◀───────────────────┘
 *                                    └──never came──▶ lost ──turns up──▶ returned
 *
 * Until it is active it is no authenticator: no login asks for it, no rule counts it, and a thief
 * who takes it out of a letter box holds a device that opens nothing. The serial number is taken
 * from the moment it is named, so that no second client gets the same. That it was delivered is the
 * word of a carrier or of its client, and opens nothing. What was given up as lost is accepted no
 * more, whatever its holder says and however late it comes. The day counts only until the session
 * or the state that it was placed in is disowned (`core/sessions/under-way`): after that it is
 * proven, or never accepted.
 *
 * Pure. An order that is in another state than the caller thought stays as it is.
 *
 * @see requirements R113, R116 to R119, R163, R165
 */
export type Order =
  | PlacedOrder
  | PackedOrder
  | WithdrawnOrder
  | SentOrder
  | DeliveredOrder
  | ActiveOrder
  | LostOrder
  | ReturnedOrder

export const ORDER_STATES = [
  ...(['ordered', 'packed', 'withdrawn', 'sent'] as const),
  ...(['delivered', 'active', 'lost', 'returned'] as const),
] satisfies readonly Order['state'][]

interface Ordering {
  readonly id: OrderId
  readonly subscriberId: SubscriberId
  /** The name of its method, a folder of `src/methods`. */
  readonly method: string
  /**
   * Where it goes, line by line: the address of record of the day it was ordered, or one that its
   * client has proven until it was packed.
   */
  readonly address: string
  /**
   * Two letters of ISO 3166-1, or `null` when it is not known: days in the post follow from it.
   */
  readonly country: string | null
  readonly deposit: Deposit
  /** The one that it takes the place of: that one ends when this is proven. */
  readonly replaces?: AuthenticatorId
  /** What is wrong with that one, by the word of its holder. */
  readonly fault?: Fault
  /** It came by no post: the desk, or an import, has given it to its client. */
  readonly byHand?: true
  readonly orderedAt: Instant
  /**
   * On its way, and what it was placed in was disowned since: no day accepts it. Read, and never
   * written.
   */
  readonly mustBeProven: boolean
}

/** Why a client needs another one (R110). */
export const FAULTS = ['lost', 'broken', 'battery', 'expired'] as const
export type Fault = (typeof FAULTS)[number]

/** What an order was placed in, and what has become of that since. */
export interface PlacedIn {
  readonly state: Order['state']
  /** The security stamp of the client when it was placed. */
  readonly stamp: number
  /** Orders that were placed before this one are disowned. */
  readonly orderStamp: number
  /** `none` where no session placed it, `forgotten` for one that is kept no longer. */
  readonly session: 'none' | 'kept' | 'disowned' | 'forgotten'
}

/**
 * Whether no day accepts it: it is on its way, and what it was placed in was disowned. Of a session
 * that is kept no longer it is not known any more, so it counts as disowned. What has come, or is
 * not wanted, has nothing to prove.
 */
export const isDisowned = ({ state, stamp, orderStamp, session }: PlacedIn): boolean =>
  ON_THEIR_WAY.includes(state) &&
  (stamp < orderStamp || session === 'disowned' || session === 'forgotten')

/** Waited for by their client: there is at most one. */
const ON_THEIR_WAY: readonly Order['state'][] = ['ordered', 'packed', 'sent', 'delivered']

export interface PlacedOrder extends Ordering {
  readonly state: 'ordered'
  /**
   * What its holder chose, such as a PIN; kept until it goes into the device, and no longer (R056).
   */
  readonly wishes: Json
}
/** In an envelope that has not left: what its holder chose is in it, and it can be cancelled. */
export interface PackedOrder extends Ordering {
  readonly state: 'packed'
  readonly serial: string
  readonly packedAt: Instant
  readonly held: Authenticator
}
export interface WithdrawnOrder extends Ordering {
  readonly state: 'withdrawn'
  readonly withdrawnAt: Instant
}

/** What was put into an envelope. */
export interface Parcel {
  readonly serial: string
  readonly sentAt: Instant
  readonly expectedAt: Instant
  /** When it is accepted without having been proven (R113). */
  readonly activatesAt: Instant
  /** Who carries it, and under which number; `null` for a plain letter. */
  readonly shipment: Shipment | null
}

export interface SentOrder extends Ordering, Parcel {
  readonly state: 'sent'
  /** As it will be bound; no client's yet. Wrong answers before that are counted in it. */
  readonly held: Authenticator
}
/** Who says that it is there. */
export type DeliveredBy = 'carrier' | 'holder'

export interface DeliveredOrder extends Ordering, Parcel {
  readonly state: 'delivered'
  readonly held: Authenticator
  readonly deliveredAt: Instant
  readonly deliveredBy: DeliveredBy
}
/** Has left and is not proven: its client may prove it. */
export type TravellingOrder = SentOrder | DeliveredOrder

export interface LostOrder extends Ordering, Parcel {
  readonly state: 'lost'
  readonly authenticatorId: AuthenticatorId
  readonly lostAt: Instant
}
export interface ActiveOrder extends Ordering, Parcel {
  readonly state: 'active'
  readonly authenticatorId: AuthenticatorId
  readonly activatedAt: Instant
}
export interface ReturnedOrder extends Ordering, Parcel {
  readonly state: 'returned'
  readonly authenticatorId: AuthenticatorId
  readonly returnedAt: Instant
}

/** The device that a client has no use of any more, and why. */
export interface Replaced {
  readonly id: AuthenticatorId
  readonly fault: Fault
}

/** What a client has chosen for an order so far. */
export interface OrderDraft {
  readonly sessionId: SessionId
  readonly subscriberId: SubscriberId
  readonly method: string
  readonly wishes: Json
  /** What it takes the place of; `null` for one more. */
  readonly replaces: Replaced | null
  /** The number of the account that the deposit is kept back in. */
  readonly account: string | null
  readonly begunAt: Instant
  /** The security stamp of the client then; it is over when that moves. */
  readonly stamp: number
  /**
   * The showings of the forms in which it was chosen: each may send its own choice again, and no
   * other. `over` is the mark of the draft that the page of the account was shown with: it is shown
   * again after a step back.
   */
  readonly chosenIn: {
    readonly wishes: string | null
    readonly account: string | null
    readonly over: string | null
  }
}

/**
 * How long a draft is kept: longer than a client needs to choose an account, and no longer, because
 * it holds a PIN.
 */
export const DRAFT_LIFETIME = minutes(30)

/** What an operator decides about ordering (`orders` in the settings). */
export interface OrderRules {
  /** A client with at least this much may order (R119). */
  readonly equityUsd: number
  /**
   * What replacing a device costs, in whole US dollars, by its kind; one that is not named costs
   * nothing, and neither does using any of them (R117).
   */
  readonly fees: Readonly<Record<string, number>>
  /** How long a client has to bring back what they use no more. */
  readonly returnDays: number
  /** How long after it was sent a device that fails is replaced for nothing. */
  readonly warrantyDays: number
  readonly delivery: DaysByCountry
  /** Since it was sent (R113). */
  readonly activation: DaysByCountry
  /** Fewer free devices than this are told to those who send them. */
  readonly lowStock: number
  /** How many days behind its day a device that has not come is to be looked after. */
  readonly lateDays: number
}

/** What is kept back while a device of this kind is out: what replacing it costs, and no more. */
export const reserveFor = ({ fees }: Pick<OrderRules, 'fees'>, kind: string): number =>
  Object.hasOwn(fees, kind) ? (fees[kind] ?? 0) : 0

/** Until when a device must be back that is used no more from now on. */
export const dueBackAt = (now: Instant, { returnDays }: Pick<OrderRules, 'returnDays'>): Instant =>
  after(now, days(returnDays))

export interface DaysByCountry {
  readonly days: Readonly<Record<string, number>>
  readonly elsewhere: number
}

/** How many days of the calendar it takes to a country. */
export const countFor = (
  { days: known, elsewhere }: DaysByCountry,
  country: string | null,
): number => (country !== null && Object.hasOwn(known, country) ? (known[country] ?? 0) : elsewhere)

const daysTo = (rules: DaysByCountry, country: string | null) => days(countFor(rules, country))

/** When it would leave that is ordered now, and when it would be there. */
export function estimateOf(
  now: Instant,
  country: string | null,
  { rules, calendar }: { readonly rules: OrderRules; readonly calendar: Calendar },
): { readonly leavesAt: Instant; readonly arrivesAt: Instant } {
  const leavesAt = businessDaysAfter(now, 1, calendar)
  return { leavesAt, arrivesAt: after(leavesAt, daysTo(rules.delivery, country)) }
}

/** The parcel of an order that leaves now, with its dates. */
export function parcelOf(
  { country }: Pick<Order, 'country'>,
  {
    serial,
    now,
    rules,
    shipment = null,
  }: {
    readonly serial: string
    readonly now: Instant
    readonly rules: OrderRules
    readonly shipment?: Shipment | null
  },
): Parcel {
  const expectedAt = after(now, daysTo(rules.delivery, country))
  return {
    serial,
    sentAt: now,
    expectedAt,
    activatesAt: after(now, daysTo(rules.activation, country)),
    shipment,
  }
}

/** Another carrier, or another number, while it is in the post; the same changes nothing. */
export function relabelled(order: Order, shipment: Shipment | null): Step<SentOrder> {
  if (order.state !== 'sent') return { stays: obstacleToActivating(order) ?? 'order.arrived' }
  const { carrier = null, tracking = null } = order.shipment ?? {}
  const isSame =
    carrier === (shipment?.carrier ?? null) && tracking === (shipment?.tracking ?? null)
  return isSame ? order : { ...order, shipment }
}

/** How a parcel stands that is on its way: in time, late, or so late that it is looked after. */
export function lateness(
  { expectedAt }: Pick<Parcel, 'expectedAt'>,
  { now, rules: { lateDays } }: { readonly now: Instant; readonly rules: LateRules },
): Lateness {
  if (now < expectedAt) return 'in-time'
  return now < after(expectedAt, days(lateDays)) ? 'late' : 'missing'
}

export type Lateness = 'in-time' | 'late' | 'missing'
type LateRules = Pick<OrderRules, 'lateDays'>

/**
 * How many business days a return takes until the portal shows it, at least and at most (R118).
 */
export const RETURN_SHOWS_WITHIN = { least: 3, most: 5 } as const

type Step<T extends Order> = T | Stayed

export function withdrawn(order: Order, now: Instant): Step<WithdrawnOrder> {
  if (order.state === 'withdrawn') return order
  if (order.state !== 'ordered' && order.state !== 'packed') return { stays: 'order.left' }
  return { ...ordering(free(order, now)), state: 'withdrawn', withdrawnAt: now }
}

/** Into an envelope; into another one, where the first card was not good. */
export function packed(order: Order, { held, address, now }: Packing): Step<PackedOrder> {
  if (order.state === 'withdrawn') return { stays: 'order.withdrawn' }
  if (order.state !== 'ordered' && order.state !== 'packed') return { stays: 'order.left' }
  return { ...ordering(order), address, state: 'packed', serial: held.label, packedAt: now, held }
}

interface Packing {
  readonly held: Authenticator
  readonly address: string
  readonly now: Instant
}

/**
 * Where an order goes that is packed now: to a home that its client has proven. One that was only
 * told to us since is a way to have the card of another sent to oneself.
 */
export const destinationOf = (
  { address }: Pick<Order, 'address'>,
  home: Pick<Contact, 'value' | 'verifiedAt'> | null,
): string => (home === null || home.verifiedAt === null ? address : home.value)

export function sent(
  order: Order,
  {
    parcel,
    held,
    address = order.address,
  }: {
    readonly parcel: Parcel
    readonly held: Authenticator
    /** Where it was not packed before. */
    readonly address?: string
  },
): Step<SentOrder> {
  if (order.state === 'withdrawn') return { stays: 'order.withdrawn' }
  if (order.state !== 'ordered' && order.state !== 'packed') return { stays: 'order.left' }
  return { ...ordering(order), address, ...parcel, state: 'sent', held }
}

/** The first who says so counts. */
export function delivered(
  order: Order,
  { by, now }: { readonly by: DeliveredBy; readonly now: Instant },
): Step<DeliveredOrder> {
  if (order.state === 'delivered') return order
  if (order.state !== 'sent') return { stays: obstacleToActivating(order) ?? 'order.not-sent' }
  return { ...order, state: 'delivered', deliveredAt: now, deliveredBy: by }
}

/** It never came: it is accepted on no day, and its client is owed what was kept back for it. */
export function lost(order: Order, now: Instant): Step<LostOrder> {
  if (order.state === 'lost') return order
  if (!isTravelling(order)) return { stays: obstacleToActivating(order) ?? 'order.not-sent' }
  const authenticatorId = order.held.id
  return { ...outside(free(order, now)), state: 'lost', authenticatorId, lostAt: now }
}

export function activated(order: Order, now: Instant): Step<ActiveOrder> {
  if (!isTravelling(order)) return { stays: obstacleToActivating(order) ?? 'order.not-found' }
  return {
    ...outside(order),
    state: 'active',
    authenticatorId: order.held.id,
    activatedAt: now,
  }
}

/** Why nothing can be activated; `null` while it is on its way. */
export function obstacleToActivating({ state }: Order): Problem | null {
  switch (state) {
    case 'sent':
    case 'delivered':
      return null
    case 'ordered':
    case 'packed':
      return 'order.not-sent'
    case 'withdrawn':
      return 'order.withdrawn'
    case 'active':
      return 'order.active'
    case 'lost':
      return 'order.lost'
    case 'returned':
      return 'order.returned'
  }
}

/** It is back, opened or not: the deposit is free, or owed back where it was charged. */
export function returned(order: Order, now: Instant): Step<ReturnedOrder> {
  if (order.state === 'returned') return order
  const isOut = isTravelling(order) || order.state === 'active' || order.state === 'lost'
  if (!isOut) return { stays: 'order.not-sent' }
  const authenticatorId = 'held' in order ? order.held.id : order.authenticatorId
  return {
    ...outside(free(order, now)),
    state: 'returned',
    authenticatorId,
    returnedAt: now,
  }
}

/** Its client waits for it, and orders no second one meanwhile. */
export const isOnItsWay = (order: Order): order is PlacedOrder | PackedOrder | TravellingOrder =>
  ON_THEIR_WAY.includes(order.state)

/**
 * The last one was lost in the post, and its client still waits for one. What was cancelled since
 * has brought them none.
 *
 * @param orders of one client, the latest first
 */
export const isOwedAnother = (orders: readonly Pick<Order, 'state'>[]): boolean =>
  orders.find(({ state }) => state !== 'withdrawn')?.state === 'lost'

export const isTravelling = (order: Order): order is TravellingOrder =>
  order.state === 'sent' || order.state === 'delivered'

const free = <O extends Order>(order: O, now: Instant): O => ({
  ...order,
  deposit: settled(order.deposit, now),
})

/** The order without the fields of single states. */
const ordering = commonOf<Order, Ordering>({
  state: true,
  wishes: true,
  packedAt: true,
  withdrawnAt: true,
  held: true,
  authenticatorId: true,
  serial: true,
  sentAt: true,
  expectedAt: true,
  activatesAt: true,
  shipment: true,
  deliveredAt: true,
  deliveredBy: true,
  activatedAt: true,
  lostAt: true,
  returnedAt: true,
})

/** With its parcel, as long as it is out. */
const outside = commonOf<TravellingOrder | ActiveOrder | LostOrder, Ordering & Parcel>({
  state: true,
  held: true,
  deliveredAt: true,
  deliveredBy: true,
  authenticatorId: true,
  activatedAt: true,
  lostAt: true,
})
