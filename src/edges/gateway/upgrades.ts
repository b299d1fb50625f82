import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** A client that was refused has so long to read it. */
const REFUSED_MS = 2_000

/** What answers a request to change the protocol to WebSocket, at one path of a server. */
export interface Door {
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void
  /** Ends what is open, at once. */
  close(): void
}

/** Every other path is not found. */
export function answerUpgrades(
  server: Pick<Server, 'on'>,
  doors: { readonly [path: string]: Door },
): void {
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    connection.on('error', () => connection.destroy())
    const path = pathOf(request)
    const door = Object.hasOwn(doors, path) ? doors[path] : undefined
    if (door) door.upgrade(request, connection, head)
    else refuse(connection, '404 Not Found')
  })
}

/** Nothing closes this connection but us: a client that keeps its side open would hold it. */
export function refuse(connection: Duplex, status: string, headers: readonly string[] = []): void {
  connection.once('finish', () => connection.destroy())
  setTimeout(() => connection.destroy(), REFUSED_MS).unref()
  const lines = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...headers]
  connection.end(`${lines.join('\r\n')}\r\n\r\n`)
}

export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string =>
  url.split('?', 1)[0] ?? ''

/** How much one network address has open, and all of them together. */
export interface Seats {
  /** @returns `false` where there is no more room; otherwise one is taken until `leave`. */
  take(address: string): boolean
  leave(address: string): void
}

export function seats({ ofAll, ofOne }: { readonly ofAll: number; readonly ofOne: number }): Seats {
  const open = new Map<string, number>()
  let all = 0
  return {
    take(address) {
      const own = open.get(address) ?? 0
      if (all >= ofAll || own >= ofOne) return false
      all += 1
      open.set(address, own + 1)
      return true
    },
    leave(address) {
      all -= 1
      const left = (open.get(address) ?? 0) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    },
  }
}
