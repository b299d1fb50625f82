import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type {
  AuthenticatorId,
  OrderId,
  ShareRequestId,
  SubscriberId,
  TokenImportId,
} from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import type { IdleReason } from '#core/inventory/share-request.ts'
import type { Loss } from '#core/orders/fees.ts'

/** The audit events of hardware tokens of the inventory. */
export type InventoryEvent =
  | {
      readonly kind: 'token.imported'
      readonly importId: TokenImportId
      readonly imported: number
      readonly refused: number
    }
  | {
      /** A client asks to log in with the device of another user name (R120). */
      readonly kind: 'sharing.asked' | 'sharing.withdrawn'
      readonly shareRequestId: ShareRequestId
    }
  | {
      /** What the name was found to be: heard by no client. */
      readonly kind: 'sharing.idle'
      readonly shareRequestId: ShareRequestId
      readonly reason: IdleReason
    }
  | {
      /** Of the owner. */
      readonly kind: 'sharing.offered' | 'sharing.declined'
      readonly shareRequestId: ShareRequestId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      /** Who asks. */
      readonly asker: SubscriberId
    }
  | {
      /** The owner has agreed, and it is not done: what the PIN contains is known of who asks. */
      readonly kind: 'sharing.refused'
      readonly shareRequestId: ShareRequestId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly asker: SubscriberId
      readonly problem: Problem
    }
  | {
      /** Of each who held it before; the one who joins has one bound. */
      readonly kind: 'sharing.agreed'
      readonly shareRequestId: ShareRequestId
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly asker: SubscriberId
      /** The owner, who has confirmed it. */
      readonly owner: SubscriberId
    }
  | {
      /** A hardware token from the inventory. */
      readonly kind: 'token.given'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      readonly by: AgentId
      /** How many others hold it besides. */
      readonly shared: number
    }
  | {
      /** Its holder says that they send it back; it answers nothing from then on. */
      readonly kind: 'token.returning'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
    }
  | {
      /** It is back, and is never given out again. */
      readonly kind: 'token.returned'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      /** The order whose deposit is free with it. */
      readonly orderId: OrderId | null
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** It is destroyed, or lies in another place. It is no client's any more, or yet. */
      readonly kind: 'token.destroyed' | 'token.moved'
      readonly serial: string
      readonly method: string
      readonly place?: string
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }
  | {
      /** It is not expected back: it ends, and its deposit is charged or free. */
      readonly kind: 'token.written-off'
      readonly authenticatorId: AuthenticatorId
      readonly method: string
      /** The order that it came with. */
      readonly orderId: OrderId | null
      readonly why: Loss
      readonly by: Actor
      /** The agent. */
      readonly agent?: AgentId
    }

/** Who is told of each event. An event without an entry here does not compile. */
export const INVENTORY_EVENTS: Hearings<InventoryEvent> = {
  'token.imported': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'sharing.asked': {
    activity: 'sharing-asked',
    notice: null,
    desk: true,
    counted: true,
  },
  'sharing.withdrawn': {
    activity: 'sharing-withdrawn',
    notice: null,
    desk: true,
    counted: true,
  },
  // Whether the name exists is told to no client.
  'sharing.idle': {
    activity: null,
    notice: null,
    desk: true,
    counted: true,
  },
  'sharing.offered': {
    activity: 'sharing-offered',
    notice: 'sharing-offered',
    desk: true,
    counted: true,
  },
  'sharing.declined': {
    activity: 'sharing-declined',
    notice: null,
    desk: true,
    counted: true,
  },
  'sharing.refused': {
    activity: 'sharing-refused',
    // Its owner reads why in the answer.
    notice: null,
    desk: true,
    counted: true,
  },
  'sharing.agreed': {
    activity: 'device-shared',
    notice: 'device-shared',
    desk: true,
    counted: true,
  },
  'token.given': {
    // The event beside it says what it is bound as.
    activity: null,
    // The event beside it says what it is bound as.
    notice: null,
    desk: true,
    counted: true,
  },
  'token.returning': {
    activity: 'device-returning',
    notice: 'device-returning',
    desk: true,
    counted: true,
  },
  'token.returned': {
    activity: 'device-returned',
    notice: 'device-returned',
    desk: true,
    counted: true,
  },
  'token.destroyed': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'token.moved': {
    activity: null,
    notice: null,
    desk: false,
    counted: true,
  },
  'token.written-off': {
    activity: 'device-ended-by-us',
    notice: 'device-ended',
    desk: true,
    counted: true,
  },
}
