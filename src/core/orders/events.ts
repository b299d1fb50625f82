import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings, NoticeKind } from '#core/events/hearing.ts'
import type { AccountId, AuthenticatorId, ContactId, MemberId, OrderId } from '#core/ids.ts'
import type { Fault } from '#core/orders/order.ts'
import type { EntryReason } from '#core/orders/ledger.ts'
import type { Instant } from '#core/time/time.ts'

/** The audit events of orders of devices. */
export type OrdersEvent =
  | {
      /** A device, such as a security card: ordered, or not wanted any more. */
      readonly kind: 'order.placed' | 'order.withdrawn'
      readonly orderId: OrderId
      readonly method: string
      readonly by: Actor
      /** The agent, and the device that it takes the place of (R110). */
      readonly agent?: AgentId
      readonly replaces?: AuthenticatorId
      readonly fault?: Fault
    }
  | {
      /** It lies in its envelope, or is there by the word of its carrier or its holder. */
      readonly kind: 'order.packed' | 'order.delivered'
      readonly orderId: OrderId
      readonly method: string
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
      /** Where it goes now, proven since it was ordered; absent where it goes where it was to. */
      readonly contactId?: ContactId
    }
  | {
      /** A member has seen whose it is, and where it goes. */
      readonly kind: 'order.looked'
      readonly orderId: OrderId
      readonly method: string
      readonly memberId: MemberId
    }
  | {
      /** It never came, and is stopped. */
      readonly kind: 'order.lost'
      readonly orderId: OrderId
      readonly method: string
      readonly serial: string
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** It has left. */
      readonly kind: 'order.sent'
      readonly orderId: OrderId
      readonly method: string
      readonly until: Instant
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
      /** As for one that is packed. */
      readonly contactId?: ContactId
    }
  | {
      /** Carrier or number were put right while it is in the post. */
      readonly kind: 'order.relabelled'
      readonly orderId: OrderId
      readonly method: string
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /**
       * It was said to have left for an order that was cancelled: it is never given to a client.
       */
      readonly kind: 'order.sent-late'
      readonly orderId: OrderId
      readonly method: string
      readonly serial: string
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** It is an authenticator now: proven by its holder, or because the day had come (R113). */
      readonly kind: 'order.activated'
      readonly orderId: OrderId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly by: 'holder' | 'calendar'
    }
  | {
      /** A response that was to prove it was wrong. */
      readonly kind: 'order.proof-refused'
      readonly orderId: OrderId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly reason: string
      readonly disabled: boolean
    }
  | {
      /** The deposit for a device: the ledger has an entry of the same commit. */
      readonly kind: 'deposit.held' | 'deposit.released' | 'deposit.charged' | 'deposit.refunded'
      readonly orderId: OrderId
      readonly accountId: AccountId
      readonly authenticatorId?: AuthenticatorId
      readonly method: string
      readonly usd: number
      readonly why: EntryReason
      readonly by: Actor | 'calendar'
    }
  | {
      /** The device is used no more: it must be back by then, or the deposit is charged. */
      readonly kind: 'deposit.due'
      readonly orderId: OrderId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly usd: number
      readonly until: Instant
      readonly by: Actor
    }

/** What is said of a charge, where it is not that the device did not come back. */
const CHARGED: Readonly<Partial<Record<EntryReason, NoticeKind>>> = {
  lost: 'deposit-charged-lost',
  stolen: 'deposit-charged-lost',
  broken: 'deposit-charged-broken',
  fault: 'deposit-charged-broken',
}

const SAID_BESIDE: readonly EntryReason[] = ['withdrawn', 'lost-in-post']

/** Who is told of each event. An event without an entry here does not compile. */
export const ORDERS_EVENTS: Hearings<OrdersEvent> = {
  'order.placed': {
    activity: 'order-placed',
    notice: 'order-placed',
    desk: true,
    counted: true,
  },
  'order.withdrawn': {
    activity: 'order-withdrawn',
    notice: 'order-withdrawn',
    desk: true,
    counted: true,
  },
  'order.packed': {
    activity: 'order-packed',
    // A day before it leaves, which is told.
    notice: null,
    desk: true,
    counted: true,
  },
  'order.delivered': {
    activity: 'order-delivered',
    // Its holder knows what they have said.
    notice: ({ by }) => (by === 'holder' ? null : 'order-delivered'),
    desk: true,
    counted: true,
  },
  'order.looked': {
    // Who packs it reads the address on it.
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'order.lost': {
    activity: 'order-lost',
    notice: 'order-lost',
    desk: true,
    counted: true,
  },
  'order.sent': {
    activity: 'order-sent',
    notice: 'order-sent',
    desk: true,
    counted: true,
  },
  'order.relabelled': {
    activity: 'order-relabelled',
    notice: 'order-relabelled',
    desk: true,
    counted: true,
  },
  'order.sent-late': {
    activity: 'order-sent-late',
    // The caller hears it, and the card opens nothing: its client has nothing to do.
    notice: null,
    desk: true,
    counted: true,
  },
  'order.activated': {
    // The event beside it says what it is bound as, where a client has bound it.
    activity: ({ by }) => (by === 'calendar' ? 'order-active' : null),
    // What its holder did themselves is told as any device that is new; what happened by itself is
    // told here.
    notice: ({ by }) => (by === 'calendar' ? 'order-active' : null),
    desk: true,
    counted: true,
  },
  'order.proof-refused': {
    activity: ({ disabled }) => (disabled ? 'device-locked' : 'order-proof-wrong'),
    notice: ({ disabled }) => (disabled ? 'device-locked' : null),
    desk: true,
    counted: true,
  },
  'deposit.held': {
    // The event beside it says what was ordered, and with what deposit; of one that was given by
    // hand this alone says it.
    activity: ({ why }) => (why === 'given' ? 'deposit-held' : null),
    notice: ({ why }) => (why === 'given' ? 'deposit-held' : null),
    desk: true,
    counted: true,
  },
  'deposit.due': {
    activity: 'deposit-due',
    notice: 'deposit-due',
    desk: true,
    counted: true,
  },
  'deposit.released': {
    // The event beside it says that an order was cancelled or lost, and its words what that means.
    activity: ({ why }) => (SAID_BESIDE.includes(why) ? null : 'deposit-released'),
    notice: ({ why }) => (SAID_BESIDE.includes(why) ? null : 'deposit-released'),
    desk: true,
    counted: true,
  },
  'deposit.charged': {
    activity: 'deposit-charged',
    notice: ({ why }) => CHARGED[why] ?? 'deposit-charged',
    desk: true,
    counted: true,
  },
  'deposit.refunded': {
    activity: 'deposit-refunded',
    notice: 'deposit-refunded',
    desk: true,
    counted: true,
  },
}
