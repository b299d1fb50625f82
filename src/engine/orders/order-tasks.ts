import { canonicalJson } from '#core/json.ts'
import type { PackedOrder, PlacedOrder } from '#core/orders/order.ts'
import type { Language } from '#core/subscribers/account.ts'
import { FACT_LENGTH_MAX, type TaskDetails } from '#core/task-details.ts'
import { draftMark, type OrderSummary } from '#engine/orders/orders.ts'
import { namedIn } from '#engine/inventory/named-device.ts'
import { keyedHash } from '#engine/secrets.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { momentIn } from '#engine/tasks/device-details.ts'
import type { World } from '#engine/world.ts'

/** What a client confirms of an order: all that is ordered, and that one is not wanted any more. */

/**
 * A digest of everything that is ordered, the whole address among it: what is confirmed is this,
 * and what is placed must be this. The PIN is in it by the mark of its draft: a digest of four
 * digits could be tried out.
 */
export function orderDigest({ keys }: Pick<World, 'keys'>, summary: OrderSummary): string {
  const { method, address, country, account, depositUsd, draft } = summary
  const { number } = account
  const { replaces } = draft
  const which = replaces && { id: replaces.id, fault: replaces.fault }
  const ordered = { method, address, country, account: number, depositUsd, replaces: which }
  const all = { ...ordered, draft: draftMark(draft) }
  return keyedHash(keys, 'order', canonicalJson(all))
}

/** In the words that are confirmed; it is this order and no other by all that is ordered. */
export function orderTask(
  world: Pick<World, 'words' | 'keys'>,
  { subscriber: { language } }: OpenSession,
  summary: OrderSummary,
): TaskDetails {
  const { words } = world
  const { method, address, account, depositUsd, instead } = summary
  const line = address.replaceAll('\n', ', ')
  const letters = [...line]
  const facts = {
    device: deviceIn(words, language, { method, instead }),
    // The whole of it stands on the page before; here it is as long as may be.
    address:
      letters.length > FACT_LENGTH_MAX
        ? `${letters.slice(0, FACT_LENGTH_MAX - 1).join('')}…`
        : line,
    account: account.number,
    deposit: `USD ${depositUsd}`,
  }
  return { kind: 'order', facts, about: { device: method, order: orderDigest(world, summary) } }
}

/** With the one that is blocked for it, and charged for where it is lost: all is confirmed. */
function deviceIn(
  words: World['words'],
  language: Language,
  { method, instead }: Pick<OrderSummary, 'method' | 'instead'>,
): string {
  const device = words.text(language, `method.${method}.name`)
  if (instead === null) return device
  const { label, method: kind, serial, fault } = instead
  const how = fault === 'lost' ? 'lost' : 'unused'
  const said = (card: string) => words.text(language, `task.instead.${how}`, { device, card })
  const card = `${words.text(language, `method.${kind}.name`)} ${serial ?? ''}`.trim()
  if (label === serial) return said(card)
  // The name is its client's own words: what is said besides is cut short for none of them.
  const named = (name: string) =>
    namedIn((key, values) => words.text(language, key, values), { card, label: name })
  const room = FACT_LENGTH_MAX - [...said(named(''))].length
  const letters = [...label]
  if (room < 2) return said(card)
  const name = letters.length > room ? `${letters.slice(0, room - 1).join('')}…` : label
  return said(named(name))
}

export function cancellingTask(
  world: Pick<World, 'words'>,
  session: OpenSession,
  { id, method, orderedAt }: PlacedOrder | PackedOrder,
): TaskDetails {
  const device = world.words.text(session.subscriber.language, `method.${method}.name`)
  const facts = { device, ordered: momentIn(world, session, orderedAt) }
  return { kind: 'cancel_order', facts, about: { device: id, ordered: `${orderedAt}` } }
}
