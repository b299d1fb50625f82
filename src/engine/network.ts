import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Network addresses, each in its one spelling, so that limits that count by address cannot be
 * evaded by writing an address another way (A29).
 *
 * @see RFC 5952, "A Recommendation for IPv6 Address Text Representation"
 */
export function addressIn(text: string): string | null {
  // Of IPv4 there is one spelling that `isIP` takes.
  return isIP(text) === 4 ? text : (parsed(text)?.toString() ?? null)
}

/** How much of an address names its network, in bits. */
const NETWORK_BITS = { ipv4: 24, ipv6: 48 } as const
/**
 * How much of an address names one end site: a provider gives each site of IPv6 a /64 at least (RFC
 * 6177).
 */
const END_SITE_BITS = { ipv4: 32, ipv6: 64 } as const

/**
 * The network of an address, /24 of IPv4 or /48 of IPv6; what is no address is a network of its
 * own.
 */
export const networkOf = (address: string): string => prefixOf(address, NETWORK_BITS)

/**
 * The end site that an address belongs to: all addresses that one attacker has without any effort.
 */
export const endSiteOf = (address: string): string => prefixOf(address, END_SITE_BITS)

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** IPv4-mapped IPv6 addresses are folded into IPv4, and zones of this machine are dropped. */
function parsed(text: string): Address | null {
  // The library also reads octal and shortened addresses, which no proxy writes.
  if (isIP(text) === 0) return null
  return ipaddr.process(text.split('%', 1).join(''))
}

function prefixOf(text: string, bits: { readonly ipv4: number; readonly ipv6: number }): string {
  const address = parsed(text)
  if (!address) return text
  const kind = address.kind()
  const written = `${address.toString()}/${bits[kind]}`
  const first =
    kind === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(written)
      : ipaddr.IPv6.networkAddressFromCIDR(written)
  return `${first.toString()}/${bits[kind]}`
}
