import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { World } from '#engine/world.ts'
import { addressIn } from '#engine/network.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The network address of the client, in its one spelling; `''` where the connection has gone.
     */
    clientAddress: string
  }
}

/**
 * Reads the address of the client once for every request. Nothing else reads `X-Forwarded-For`, or
 * takes the address of the connection for that of the client (A29).
 */
export function readClientAddress(
  app: FastifyInstance,
  world: World,
  { trustedProxies }: Pick<HttpSettings, 'trustedProxies'>,
): void {
  const { badForwarded } = metricsOf(world)
  const trusts = trustIn(trustedProxies)
  app.decorateRequest('clientAddress', '')
  app.addHook('onRequest', async (request) => {
    const { address, isBad } = clientAddressOf(request.raw, trusts)
    if (isBad) badForwarded.inc()
    request.clientAddress = address
  })
}

/**
 * Goes from the connection to the left for as long as a trusted proxy says who was before it. What
 * a proxy says and is no address counts as that proxy's own: the client who made it up gains no
 * address by it.
 */
export function clientAddressOf(
  {
    socket,
    headers,
  }: Pick<IncomingMessage, 'headers'> & {
    readonly socket: Peer
  },
  trusts: Trust,
): { readonly address: string; readonly isBad: boolean } {
  // Node joins headers that come more than once, in their order, with commas.
  const header = [headers['x-forwarded-for']].flat().join(',')
  const said = header.split(',').map((one) => one.trim())
  // An empty element of a list is none (RFC 9110, section 5.6.1).
  const hops = said.filter((one) => one !== '')
  let address = peerOf(socket)
  if (headers['x-forwarded-for'] !== undefined && hops.length === 0) {
    return { address, isBad: trusts(address) }
  }
  for (const hop of hops.toReversed()) {
    if (!trusts(address)) return { address, isBad: false }
    const before = addressOfHop(hop)
    if (before === null) return { address, isBad: true }
    address = before
  }
  return { address, isBad: false }
}

/**
 * The address of a connection, in its one spelling. A connection keeps it, and proxies keep their
 * connections: it is read once for each.
 */
export function peerOf(socket: Peer): string {
  const known = peers.get(socket)
  if (known !== undefined) return known
  const address = addressIn(socket.remoteAddress ?? '') ?? ''
  if (address !== '') peers.set(socket, address)
  return address
}

const peers = new WeakMap<Peer, string>()

type Peer = Pick<IncomingMessage['socket'], 'remoteAddress'>

/**
 * `203.0.113.9`, `203.0.113.9:443`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:443`; no
 * names.
 */
function addressOfHop(hop: string): string | null {
  const { bracketed, dotted, port = '0' } = WITH_PORT.exec(hop)?.groups ?? {}
  if (Number(port) > PORT_MAX) return null
  if (bracketed !== undefined) return bracketed.includes(':') ? addressIn(bracketed) : null
  return addressIn(dotted ?? hop)
}

const WITH_PORT = /^(?:\[(?<bracketed>[^\]]+)\]|(?<dotted>[0-9.]+)(?=:))(?::(?<port>[0-9]{1,5}))?$/
const PORT_MAX = 65_535

/** Whether a proxy of this address is one of the operator's. */
export type Trust = (address: string) => boolean

/** The names that stand for networks; `settings.ts` lets in these and addresses and networks. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

export function trustIn(networks: readonly string[]): Trust {
  const ranges = networks.flatMap((one) => NAMED[one] ?? [one]).map(rangeOf)
  return (text) => {
    if (text === '') return false
    const address = ipaddr.parse(text)
    return ranges.some(([network, bits]) =>
      address.kind() === network.kind() ? address.match(network, bits) : false,
    )
  }
}

const MAPPED_BITS = 96

/** A network of IPv4-mapped addresses is one of IPv4. */
function rangeOf(written: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [text = '', length] = written.split('/')
  const address = ipaddr.parse(text.split('%', 1).join(''))
  const bits = length === undefined ? address.toByteArray().length * 8 : Number(length)
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
  return isMapped && bits >= MAPPED_BITS
    ? [address.toIPv4Address(), bits - MAPPED_BITS]
    : [address, bits]
}
