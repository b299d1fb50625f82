import type { HttpSettings } from '#edges/http/settings.ts'

/** Where the streams of the platform are opened, at each port. */
export const STREAM_PATH = '/stream'

export interface GatewayPort {
  readonly port: number
  readonly host: string
  /** Scheme, host and port of its WebSockets. */
  readonly address: string
}

/** The ports of the gateway, as a client reaches them: encrypted where the login pages are. */
export function gatewayOf({
  issuer,
  gateway,
}: Pick<HttpSettings, 'issuer' | 'gateway'>): readonly GatewayPort[] {
  const { hostname, protocol } = new URL(socketOrigin(issuer))
  const host = gateway.host ?? hostname
  return gateway.ports.map((port) => ({ port, host, address: `${protocol}//${host}:${port}` }))
}

/** Where WebSockets of this origin are. @see RFC 6455, section 3 */
export const socketOrigin = (origin: string): string => origin.replace(/^http/, 'ws')
