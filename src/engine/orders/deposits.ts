import { charged } from '#core/orders/deposit.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import { before, seconds } from '#core/time/time.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import type { World } from '#engine/world.ts'
import { listLedger, type NumberedEntry } from '#store/orders/ledger.ts'
import { commitOrder, overdueOrders } from '#store/orders/orders.ts'

export type { NumberedEntry }

/** Deposits that are charged on their day, and the ledger for the books of the broker (R117). */

/**
 * What did not come back by its day. Of two nodes that look at once, one writes: the other finds
 * the order written, and the entry there.
 */
export async function chargeDue(world: World): Promise<void> {
  for await (const { value: order, version } of overdueOrders(world.db, world.now())) {
    const now = world.now()
    const value = { ...order, deposit: charged(order.deposit, now) }
    const entries = entriesOf(order, value, { why: 'not-returned', now })
    const id = 'authenticatorId' in order ? order.authenticatorId : undefined
    const events = depositEvents(entries, { by: 'calendar', id })
    await commitOrder(world.db, { now, order: { value, version }, entries, events })
  }
}

/** A page of the books. */
export const ENTRIES_MAX = 200

/** Longer than any commit may take. */
const SETTLES_AFTER = seconds(60)

/** The entries behind the one with this number, oldest first. */
export const ledgerAfter = async (
  world: World,
  after: number,
): Promise<readonly NumberedEntry[]> => {
  const settled = before(world.now(), SETTLES_AFTER)
  return await listLedger(world.db, { after, settled, limit: ENTRIES_MAX })
}
