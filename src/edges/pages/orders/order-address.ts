import type { AddressChange } from '#core/contact/address-change.ts'
import type { Contact } from '#core/contact/address.ts'
import { destinationOf, isTravelling, type Order } from '#core/orders/order.ts'
import { POSTAL_PAGE } from '#edges/pages/contact/address-change-page.ts'
import { SEND_PAGE } from '#edges/pages/documents/document-pages.ts'
import { html, type Html, lines, NOTHING } from '#edges/pages/frame/html.ts'
import { telephone } from '#edges/pages/frame/layout.ts'
import { notice } from '#edges/pages/frame/parts.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

/** Where a card goes, and what a client who has moved does about it (R112, R116). */

export interface Moving {
  /** What they wait for, until a document shows it. */
  readonly change: AddressChange | null
  /** Whether this session may ask for another address. */
  readonly mayMove: boolean
}

/** On the first step: the address is changed on the way, and the order goes on from here. */
export function movedHint(
  { texts: { text }, site }: PageContext,
  { change, mayMove }: Moving,
): Html {
  const waits = change
    ? html`${notice(
        'plain',
        html`${text('portal.order.address.waits')}<br>${lines(change.address)}`,
      )}
<p><a href="${SEND_PAGE}">${text('contact.postal.send')}</a></p>`
    : NOTHING
  if (!mayMove) {
    const call = text('portal.order.address.call')
    return html`${waits}<p class="quiet">${call} ${telephone(site)}</p>`
  }
  return html`${waits}<p class="quiet">${text('portal.order.address.moved')}</p>`
}

/** In the form of the first step: what was chosen there goes along, and comes back. */
export const moveButton = ({ texts: { text } }: PageContext, { mayMove }: Moving): Html =>
  mayMove
    ? html`<button class="button plain" name="from" value="order" formaction="${POSTAL_PAGE}"
formnovalidate>${text('portal.order.address.change')}</button>`
    : NOTHING

export interface Home {
  /** As it is on record. */
  readonly home: Contact | null
  readonly change: AddressChange | null
}

/** Where an order goes as things are. */
export const goesTo = (order: Order, { home }: Pick<Home, 'home'>): string =>
  order.state === 'ordered' ? destinationOf(order, home) : order.address

/** To a client who has moved: where it goes all the same, and what to do about it. */
export function movedNotice({ texts: { text } }: PageContext, order: Order, facts: Home): Html {
  const { change } = facts
  const goesElsewhere = destinationOf(order, facts.home) !== order.address
  const send = html`<p><a href="${SEND_PAGE}">${text('contact.postal.send')}</a></p>`
  if (order.state === 'ordered')
    return change ? html`${notice('plain', text('portal.order.moved.ordered'))}${send}` : NOTHING
  if (order.state === 'packed' && goesElsewhere)
    return notice('warn', text('portal.order.moved.packed'))
  if (order.state === 'packed' && change)
    return html`${notice('warn', text('portal.order.moved.waits'))}${send}`
  const isOut = order.state === 'sent' && isTravelling(order)
  return isOut && goesElsewhere ? notice('warn', text('portal.order.moved.sent')) : NOTHING
}
