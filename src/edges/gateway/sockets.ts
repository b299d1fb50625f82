import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { ECHO_LENGTH_MAX, PATHS } from '#core/connectivity/diagnosis.ts'
import { answerUpgrades, type Door, refuse, seats } from '#edges/gateway/upgrades.ts'
import { clientAddressOf, trustIn } from '#edges/http/client-address.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

/** A test is over in a moment; who holds a socket longer is cut off. */
const LIFETIME_MS = 10_000
/** Open sockets of this process. */
const SOCKETS_MAX = 1_000
/** And of one address among them: one host does not use up the test of all others. */
const SOCKETS_PER_ADDRESS = 40
/** RFC 6455, section 7.4.1: the other side did what it came for. */
const NORMAL = 1000

/**
 * Answers WebSockets for the page that tests the connection (R014, R158). The first message says
 * where the client is seen to come from, the second returns what the client sent: so both
 * directions are proven, also through a proxy that answers the opening by itself. Nothing else is
 * read, and no login is asked for.
 *
 * @see RFC 6455, "The WebSocket Protocol"
 */
export function testDoor(addressOf: (request: IncomingMessage) => string): Door {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: ECHO_LENGTH_MAX,
    perMessageDeflate: false,
  })
  const open = seats({ ofAll: SOCKETS_MAX, ofOne: SOCKETS_PER_ADDRESS })
  return {
    upgrade(request, connection, head) {
      const address = addressOf(request)
      if (!open.take(address)) return refuse(connection, '503 Service Unavailable')
      connection.once('close', () => open.leave(address))
      sockets.handleUpgrade(request, connection, head, (socket) => answer(socket, address))
    },
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
  const door = testDoor((request) => clientAddressOf(request, trusts).address)
  answerUpgrades(app.server, { [PATHS.socket]: door })
  app.addHook('preClose', async () => door.close())
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
