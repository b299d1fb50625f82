import type { ActiveOrder } from '#core/orders/order.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * Of a device that was given by hand, and that no client has ordered: what is kept back for it
 * stands in an order all the same, which was never on its way (R117).
 */
export const handed = ({
  id,
  method,
  serial,
  authenticatorId,
  subscriberId,
  country,
  deposit,
  since,
}: Pick<ActiveOrder, 'id' | 'method' | 'serial' | 'authenticatorId'> &
  Pick<ActiveOrder, 'subscriberId' | 'country' | 'deposit'> & {
    readonly since: Instant
  }): ActiveOrder => ({
  id,
  subscriberId,
  method,
  serial,
  authenticatorId,
  country,
  deposit,
  address: '',
  byHand: true,
  mustBeProven: false,
  orderedAt: since,
  state: 'active',
  sentAt: since,
  expectedAt: since,
  activatesAt: since,
  activatedAt: since,
  shipment: null,
})
