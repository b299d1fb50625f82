import type { Contact, ContactKind } from '#core/contact/address.ts'

/**
 * Which addresses of a client a notice reaches. Only this file decides it, so a notice that is not
 * sent for some reason also counts as not delivered for that reason.
 */

/**
 * Whether something that is sent to an address now would leave.
 *
 *   open     a channel carries it
 *   stopped  the number has answered STOP: texts to it are not sent (R091)
 *   none     no channel of ours goes there; what is printed goes to a postal address all the same
 */
export type Way = 'open' | 'stopped' | 'none'

/** An address of a client as it is now, current or replaced lately. */
export interface AddressNow {
  readonly contact: Contact
  readonly way: Way
  /** The login that is told of went to this address: its holder knows of it already. */
  readonly isUsed: boolean
}

export interface Reach {
  /** Sent something at once. */
  readonly told: readonly Contact[]
  /** Written a letter. */
  readonly posted: readonly Contact[]
}

/**
 * Mail always; texts for what is urgent, or where no mail goes; letters where nothing else reaches
 * the client for certain. That is so when the one way that is left is the one that was used, when
 * only an address that was replaced is left, and when a number has answered STOP and there is no
 * mail: the sender of that word is not known, since the sender of a text can be forged.
 *
 * The address that was used is left out where another valid one is told. Of what is urgent it is
 * told as well: the attacker who used it may not be the only one who reads what arrives there.
 */
export function reachOf(
  addresses: readonly AddressNow[],
  { isUrgent, prefers }: { readonly isUrgent: boolean; readonly prefers?: ContactKind | null },
): Reach {
  const open = addresses.filter(({ way }) => way === 'open')
  const others = open.filter(({ isUsed }) => !isUsed)
  // The one that was used is better than none, or than only those that were replaced.
  const direct = isUrgent || !others.some(isValid) ? open : others
  const isMailed = direct.some((address) => isMail(address) && isValid(address))
  // What the client has chosen, unless it is what was used.
  const chosen = others.filter((one) => one.contact.kind === prefers && isValid(one))
  const usual = direct.filter((address) => isMail(address) || isUrgent || !isMailed)
  const told = chosen.length > 0 ? chosen : usual
  return {
    told: told.map(({ contact }) => contact),
    posted: isCertain(addresses, others) ? [] : postalAmong(addresses),
  }
}

/**
 * For a notice of which nothing has arrived: everything that is left, of addresses that were not
 * tried.
 */
export function lastReachOf(addresses: readonly AddressNow[]): Reach {
  const open = addresses.filter(({ way }) => way === 'open')
  return { told: open.map(({ contact }) => contact), posted: postalAmong(addresses) }
}

const isMail = ({ contact }: AddressNow): boolean => contact.kind === 'email'

const isValid = ({ contact }: AddressNow): boolean => contact.replacedAt === null

const isCertain = (all: readonly AddressNow[], others: readonly AddressNow[]): boolean =>
  others.some(isValid) && (others.some(isMail) || !all.some(({ way }) => way === 'stopped'))

const postalAmong = (addresses: readonly AddressNow[]): readonly Contact[] =>
  addresses.map(({ contact }) => contact).filter(({ kind }) => kind === 'postal')
