import { type RawData, WebSocket } from 'ws'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** The platform has so long to answer. */
const HANDSHAKE_MS = 5_000
/** The longest message of a platform, in bytes. */
const MESSAGE_BYTES_MAX = 1_048_576

/** The connection to the platform, for one client. */
export interface Upstream {
  /** @param taken is called when the platform has taken it, or will not. */
  send(data: RawData, isBinary: boolean, taken: () => void): void
  onMessage(listener: (data: RawData, isBinary: boolean) => void): void
  /** Also where it never opened. */
  onClose(listener: () => void): void
  close(): void
}

/**
 * What the platform is told of a client, in headers of the request that opens its connection. It
 * believes them, so only this server may reach that port.
 */
export function toldOf(session: OpenSession, address: string): { readonly [name: string]: string } {
  const { id, subscriber, environment, account, decision } = session
  return {
    'x-forwarded-for': address,
    'countersign-session': id,
    'countersign-subject': subscriber.id,
    'countersign-environment': environment,
    'countersign-penny': decision.rights.tradePenny ? 'yes' : 'no',
    ...(account && { 'countersign-account': encodeURIComponent(account.number) }),
  }
}

export const upstreamAt =
  (address: string) =>
  (headers: { readonly [header: string]: string }): Upstream => {
    const socket = new WebSocket(address, {
      headers,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      followRedirects: false,
    })
    // Its `close` follows, and tells what there is to tell.
    socket.on('error', () => {})
    const send: Upstream['send'] = (data, isBinary, taken) => {
      socket.send(data, { binary: isBinary }, () => taken())
    }
    return {
      send(data, isBinary, taken) {
        if (socket.readyState !== WebSocket.CONNECTING) return send(data, isBinary, taken)
        socket.once('open', () => send(data, isBinary, taken))
      },
      onMessage: (listener) => socket.on('message', listener),
      onClose: (listener) => socket.once('close', listener),
      close: () => socket.terminate(),
    }
  }
