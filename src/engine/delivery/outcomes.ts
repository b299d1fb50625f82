import type { Delivered } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import { EVERYWHERE, vendorOf } from '#core/status/lateness.ts'
import { countryOf } from '#methods/telephone-number.ts'
import type { Outgoing } from '#store/delivery/outbox.ts'
import type { OutcomeNote } from '#store/delivery/outcomes.ts'

/** What became of a delivery, so that a channel that is late is noticed (`core/status`). */

/** Whose push service a phone is notified by. */
export function vendorIn(subscription: Json): string {
  const { endpoint } = subscription as { readonly endpoint?: unknown }
  return typeof endpoint === 'string' && URL.canParse(endpoint)
    ? vendorOf(new URL(endpoint).hostname)
    : EVERYWHERE
}

/** The country of a number; a mail has none. */
function placeOf(address: Json | undefined): string {
  const isNumber = typeof address === 'string' && address.startsWith('+')
  return isNumber ? (countryOf(address) ?? EVERYWHERE) : EVERYWHERE
}

/**
 * Only what carries a login is judged: it is waited for. What was sent nowhere, and what went to an
 * address that has ended, says nothing of the way.
 *
 * @param tried with the vendor of a phone; `place` is `null` where nothing was sent.
 */
export function outcomesOf(
  { id, channel: way, about, address, createdAt, beside }: Outgoing,
  tried: Delivered & { readonly place?: string | null },
): readonly OutcomeNote[] {
  if (!about || beside || tried.place === null || tried.outcome === 'gone') return []
  const place = tried.place ?? placeOf(address)
  const note = { id, way, place, about, begunAt: createdAt, reason: null }
  switch (tried.outcome) {
    case 'sent':
      return [{ ...note, state: tried.messages?.length ? 'sent' : 'taken' }]
    case 'later':
      return [{ ...note, state: 'waiting' }]
    case 'failed':
      return [{ ...note, state: 'failed', reason: tried.reason }]
  }
}
