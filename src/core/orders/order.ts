import type { AuthenticatorId, OrderId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import { businessDaysAfter, type Calendar } from '#core/time/calendar.ts'
import type { Json } from '#core/json.ts'
import type { Stayed } from '#core/login/state.ts'
import type { Problem } from '#core/problems.ts'
import { type Deposit, settled } from '#core/orders/deposit.ts'
import { commonOf } from '#core/states.ts'
import { after, days, type Instant, minutes } from '#core/time/time.ts'

/**
 * A device that a client has ordered and that reaches them by post.
 *
 *   ordered ──left, with a serial number──▶ sent ──proven, or the day has come──▶ active
 *      └──its holder does not want it──▶ withdrawn  └──came back unopened──▶ returned ◀──came back──┘
 *
 * Until it is active it is no authenticator: no login asks for it, no rule counts it, and a thief
 * who takes it out of a letter box holds a device that opens nothing. The serial number is taken
 * from the moment it is named, so that no second client gets the same. The day counts only until
 * the session or the state that it was placed in is disowned (`core/sessions/under-way`): after
 * that it is proven, or never accepted.
 *
 * Pure. An order that is in another state than the caller thought stays as it is.
 *
 * @see requirements R113, R116 to R119, R163, R165
 */
export type Order = PlacedOrder | WithdrawnOrder | SentOrder | ActiveOrder | ReturnedOrder

interface Ordering {
  readonly id: OrderId
  readonly subscriberId: SubscriberId
  /** The name of its method, a folder of `src/methods`. */
  readonly method: string
  /** Where it goes, line by line: the address of record of the day it was ordered. */
  readonly address: string
  /**
   * Two letters of ISO 3166-1, or `null` when it is not known: days in the post follow from it.
   */
  readonly country: string | null
  readonly deposit: Deposit
  /** The lost one that it takes the place of: that one ends when this is proven. */
  readonly replaces?: AuthenticatorId
  readonly orderedAt: Instant
  /**
   * On its way, and what it was placed in was disowned since: no day accepts it. Read, and never
   * written.
   */
  readonly mustBeProven: boolean
}

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
  (state === 'ordered' || state === 'sent') &&
  (stamp < orderStamp || session === 'disowned' || session === 'forgotten')

export interface PlacedOrder extends Ordering {
  readonly state: 'ordered'
  /**
   * What its holder chose, such as a PIN; kept until it goes into the device, and no longer (R056).
   */
  readonly wishes: Json
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
}
export interface SentOrder extends Ordering, Parcel {
  readonly state: 'sent'
  /** As it will be bound; no client's yet. Wrong answers before that are counted in it. */
  readonly held: Authenticator
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

/** What a client has chosen for an order so far. */
export interface OrderDraft {
  readonly sessionId: SessionId
  readonly subscriberId: SubscriberId
  readonly method: string
  readonly wishes: Json
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

const daysTo = ({ days: known, elsewhere }: DaysByCountry, country: string | null) =>
  days(country !== null && Object.hasOwn(known, country) ? (known[country] ?? 0) : elsewhere)

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
  }: { readonly serial: string; readonly now: Instant; readonly rules: OrderRules },
): Parcel {
  const expectedAt = after(now, daysTo(rules.delivery, country))
  return {
    serial,
    sentAt: now,
    expectedAt,
    activatesAt: after(now, daysTo(rules.activation, country)),
  }
}

/**
 * How many business days a return takes until the portal shows it, at least and at most (R118).
 */
export const RETURN_SHOWS_WITHIN = { least: 3, most: 5 } as const

type Step<T extends Order> = T | Stayed

export function withdrawn(order: Order, now: Instant): Step<WithdrawnOrder> {
  if (order.state === 'withdrawn') return order
  if (order.state !== 'ordered') return { stays: 'order.left' }
  return { ...ordering(free(order, now)), state: 'withdrawn', withdrawnAt: now }
}

export function sent(
  order: Order,
  { parcel, held }: { readonly parcel: Parcel; readonly held: Authenticator },
): Step<SentOrder> {
  if (order.state === 'withdrawn') return { stays: 'order.withdrawn' }
  if (order.state !== 'ordered') return { stays: 'order.left' }
  return { ...ordering(order), ...parcel, state: 'sent', held }
}

export function activated(order: Order, now: Instant): Step<ActiveOrder> {
  if (order.state !== 'sent') return { stays: obstacleToActivating(order) ?? 'order.not-found' }
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
      return null
    case 'ordered':
      return 'order.not-sent'
    case 'withdrawn':
      return 'order.withdrawn'
    case 'active':
      return 'order.active'
    case 'returned':
      return 'order.returned'
  }
}

/** It is back, opened or not: the deposit is free, or owed back where it was charged. */
export function returned(order: Order, now: Instant): Step<ReturnedOrder> {
  if (order.state === 'returned') return order
  if (order.state !== 'sent' && order.state !== 'active') return { stays: 'order.not-sent' }
  const authenticatorId = order.state === 'sent' ? order.held.id : order.authenticatorId
  return {
    ...outside(free(order, now)),
    state: 'returned',
    authenticatorId,
    returnedAt: now,
  }
}

/** Its client waits for it, and orders no second one meanwhile. */
export const isOnItsWay = (order: Order): order is PlacedOrder | SentOrder =>
  order.state === 'ordered' || order.state === 'sent'

const free = <O extends Order>(order: O, now: Instant): O => ({
  ...order,
  deposit: settled(order.deposit, now),
})

/** The order without the fields of single states. */
const ordering = commonOf<Order, Ordering>({
  state: true,
  wishes: true,
  withdrawnAt: true,
  held: true,
  authenticatorId: true,
  serial: true,
  sentAt: true,
  expectedAt: true,
  activatesAt: true,
  activatedAt: true,
  returnedAt: true,
})

/** With its parcel, as long as it is out. */
const outside = commonOf<SentOrder | ActiveOrder, Ordering & Parcel>({
  state: true,
  held: true,
  authenticatorId: true,
  activatedAt: true,
})
