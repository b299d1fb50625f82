import { BlockList, isIP } from 'node:net'

/**
 * Whether a request comes from where its client trades (`trade_network`). The login server sees a
 * client when they log in; from then on only this platform does.
 */
export function isFrom(networks: readonly string[] | null, address: string): boolean {
  if (networks === null) return true
  const list = new BlockList()
  for (const network of networks) {
    const [first = '', length] = network.split('/')
    if (length === undefined) list.addAddress(first, familyOf(first))
    else list.addSubnet(first, Number(length), familyOf(first))
  }
  // An address of IPv4 that the system writes as one of IPv6 is found as well.
  return list.check(address, familyOf(address))
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
