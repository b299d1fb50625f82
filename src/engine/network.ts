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

/** The widest network that a client may name: more than that restricts nothing. */
const WIDEST_BITS = { ipv4: 16, ipv6: 32 } as const
const ALL_BITS = { ipv4: 32, ipv6: 128 } as const
const MAPPED_BITS = 96

/** The longest text that is read as a network: an address with its zone would be no network. */
const NETWORK_LENGTH_MAX = 50

export type ReadNetwork =
  | { readonly ok: true; readonly network: string }
  | { readonly ok: false; readonly problem: 'network.malformed' | 'network.too-wide' }

/**
 * A network as a person types it, in its one spelling: `203.0.113.7`, `203.0.113.0/24`,
 * `2001:db8::/48`. What is written beyond its length is dropped, and IPv4-mapped IPv6 is IPv4.
 *
 * @see RFC 4632, "CIDR", section 3.1; RFC 4291, section 2.3
 */
export function namedNetwork(typed: string): ReadNetwork {
  const text = typed.trim()
  const { address: written = '', length } = NETWORK.exec(text)?.groups ?? {}
  // A zone names an interface of one machine.
  if (text.length > NETWORK_LENGTH_MAX || isIP(written) === 0 || written.includes('%'))
    return { ok: false, problem: 'network.malformed' }
  const whole = ipaddr.parse(written)
  const bits = length === undefined ? ALL_BITS[whole.kind()] : Number(length)
  if (bits > ALL_BITS[whole.kind()]) return { ok: false, problem: 'network.malformed' }
  const isMapped = whole instanceof ipaddr.IPv6 && whole.isIPv4MappedAddress()
  // Wider than all of IPv4.
  if (isMapped && bits < MAPPED_BITS) return { ok: false, problem: 'network.too-wide' }
  const address = isMapped ? whole.toIPv4Address() : whole
  const own = isMapped ? bits - MAPPED_BITS : bits
  const kind = address.kind()
  if (own < WIDEST_BITS[kind]) return { ok: false, problem: 'network.too-wide' }
  const network = prefixOf(address.toString(), { ipv4: own, ipv6: own })
  return { ok: true, network: own === ALL_BITS[kind] ? address.toString() : network }
}

const NETWORK = /^(?<address>[0-9a-f:.]+)(?:\/(?<length>0|[1-9][0-9]{0,2}))?$/i

/** Whether an address, in its one spelling, is in one of these; what is none is in none. */
export function isWithin(networks: readonly string[], address: string | undefined): boolean {
  const found = address === undefined ? null : parsed(address)
  return found !== null && networks.some((network) => holds(network, found))
}

/** The one of these that has addresses in common with a network; `null` when none has. */
export const overlapping = (networks: readonly string[], network: string): string | null =>
  networks.find((one) => holds(one, startOf(network)) || holds(network, startOf(one))) ?? null

function holds(network: string, address: Address): boolean {
  const [first = '', length] = network.split('/')
  const start = ipaddr.parse(first)
  const bits = length === undefined ? ALL_BITS[start.kind()] : Number(length)
  return start.kind() === address.kind() && address.match(start, bits)
}

const startOf = (network: string): Address => ipaddr.parse(network.split('/', 1).join(''))
