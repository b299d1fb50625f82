import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { ECHO_LENGTH_MAX, PATHS } from '#core/connectivity/diagnosis.ts'
import { clientAddressOf, trustIn } from '#edges/http/client-address.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

/** A test is over in a moment; who holds a socket longer is cut off. */
const LIFETIME_MS = 10_000
/** A client that was refused has so long to read it. */
const REFUSED_MS = 2_000
/** Open sockets of this process. */
const SOCKETS_MAX = 1_000
/** And of one address among them: one host does not use up the test of all others. */
const SOCKETS_PER_ADDRESS = 40
/** RFC 6455, section 7.4.1: the other side did what it came for. */
const NORMAL = 1000

export interface TestSockets {
  /** Closes those that are open, at once. */
  close(): void
}

/**
 * Answers WebSockets at one path of a server, for the page that tests the connection (R014, R158).
 * The first message says where the client is seen to come from, the second returns what the client
 * sent: so both directions are proven, also through a proxy that answers the opening by itself.
 * Nothing else is read, and no login is asked for.
 *
 * @see RFC 6455, "The WebSocket Protocol"
 */
export function testSockets(
  server: Pick<Server, 'on'>,
  path: string,
  addressOf: (request: IncomingMessage) => string,
): TestSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: ECHO_LENGTH_MAX,
    perMessageDeflate: false,
  })
  const open = new Map<string, number>()
  const count = (address: string, more: number) => {
    const left = (open.get(address) ?? 0) + more
    if (left > 0) open.set(address, left)
    else open.delete(address)
  }
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    connection.on('error', () => connection.destroy())
    if (pathOf(request) !== path) return refuse(connection, '404 Not Found')
    const address = addressOf(request)
    const own = open.get(address) ?? 0
    if (sockets.clients.size >= SOCKETS_MAX || own >= SOCKETS_PER_ADDRESS)
      return refuse(connection, '503 Service Unavailable')
    sockets.handleUpgrade(request, connection, head, (socket) => {
      count(address, 1)
      socket.once('close', () => count(address, -1))
      answer(socket, address)
    })
  })
  return {
    close() {
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

/** Answers them at the door of the clients as well, until it closes. */
export function answerTestSockets(
  app: FastifyInstance,
  { trustedProxies }: Pick<HttpSettings, 'trustedProxies'>,
): void {
  const trusts = trustIn(trustedProxies)
  const addressOf = (request: IncomingMessage) => clientAddressOf(request, trusts).address
  const sockets = testSockets(app.server, PATHS.socket, addressOf)
  app.addHook('preClose', async () => sockets.close())
}

function answer(socket: WebSocket, address: string): void {
  const impatience = setTimeout(() => socket.terminate(), LIFETIME_MS)
  impatience.unref()
  socket.on('close', () => clearTimeout(impatience))
  // What is too long, or no frame at all, ends the connection and nothing else.
  socket.on('error', () => socket.terminate())
  socket.once('message', (sent) => {
    socket.send(sent)
    socket.close(NORMAL)
  })
  socket.send(JSON.stringify({ address }))
}

/** Nothing closes this connection but us: a client that keeps its side open would hold it. */
function refuse(connection: Duplex, status: string): void {
  connection.once('finish', () => connection.destroy())
  setTimeout(() => connection.destroy(), REFUSED_MS).unref()
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string =>
  url.split('?', 1)[0] ?? ''
