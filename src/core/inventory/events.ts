import type { AgentId } from '#core/agent.ts'
import type { Actor } from '#core/events/event.ts'
import type { Hearings } from '#core/events/hearing.ts'
import type { AuthenticatorId, OrderId, TokenImportId } from '#core/ids.ts'
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
  'token.written-off': {
    activity: 'device-ended-by-us',
    notice: 'device-ended',
    desk: true,
    counted: true,
  },
}
