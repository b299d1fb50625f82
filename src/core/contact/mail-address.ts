import type { Problem } from '#core/problems.ts'
import { withoutUnseen } from '#core/text/typed.ts'

export type ReadMailAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly problem: Extract<Problem, 'email.malformed' | 'email.quoted'> }

/**
 * An address of electronic mail as it is typed or pasted, in the one form in which it is kept,
 * compared and written to: its name as it stands, since capitals may matter there, and its domain
 * in small letters and in ASCII.
 *
 * @param toAscii turns a domain into its A-labels, in small letters; empty for what is none.
 * @returns why not. A name in quotation marks may hold anything, also what a mail server reads as
 *   another recipient: no client needs one, so it is refused in words of its own.
 * @see RFC 5321, section 4.1.2; RFC 6531, section 3.3; RFC 5890, section 2.3.2.1
 */
export function readMailAddress(
  typed: string,
  toAscii: (domain: string) => string,
): ReadMailAddress {
  const plain = withoutUnseen(typed).trim()
  if (plain.startsWith('"')) return { ok: false, problem: 'email.quoted' }
  const at = plain.lastIndexOf('@')
  const domain = plain.slice(at + 1)
  // What is no domain could be cut or decoded into another one.
  const ascii = DOMAIN_TYPED.test(domain) ? toAscii(domain) : ''
  const address = `${plain.slice(0, Math.max(at, 0)).normalize('NFC')}@${ascii}`
  return isMailAddress(address) ? { ok: true, address } : { ok: false, problem: 'email.malformed' }
}

/**
 * Whether a text is one address in that form: nothing in it can be read by a mail server as a
 * second address, a comment or another command.
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const name = text.slice(0, Math.max(at, 0))
  if (!NAME.test(name) || UNSEEN.test(name) || !DOMAIN.test(text.slice(at + 1))) return false
  return octetsOf(name) <= NAME_OCTETS_MAX && octetsOf(text) <= ADDRESS_OCTETS_MAX
}

/** @see RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3: the path of 256 has a bracket at each end */
const NAME_OCTETS_MAX = 64
const ADDRESS_OCTETS_MAX = 254

/** `atext`, to which RFC 6531 adds all that is not ASCII, with single full stops between. */
const NAME =
  /^(?:[\w!#$%&'*+/=?^`{|}~-]|[^\p{ASCII}])+(?:\.(?:[\w!#$%&'*+/=?^`{|}~-]|[^\p{ASCII}])+)*$/u
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

const DOMAIN_TYPED = /^(?:[0-9A-Za-z.-]|[^\p{ASCII}])+$/u
/** Two labels at least; the last one begins with a letter, so no network address is one. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** In UTF-8; asked only of what has no half characters in it. */
const octetsOf = (text: string): number => encodeURIComponent(text).replaceAll(/%../g, '.').length
