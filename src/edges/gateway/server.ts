import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { PATHS } from '#core/connectivity/diagnosis.ts'
import { pathOf, type TestSockets, testSockets } from '#edges/gateway/sockets.ts'
import { clientAddressOf, trustIn } from '#edges/http/client-address.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

/** A client who has not sent a whole request by then will not. */
const REQUEST_PATIENCE_MS = 10_000

export interface Gateway {
  close(): Promise<void>
}

interface GatewaySettings extends Pick<HttpSettings, 'gateway' | 'trustedProxies'> {
  readonly listen: string
}

/**
 * The ports on which trading platforms are reached (R158). Many networks let web pages through and
 * nothing else, so each of these ports can be tested by itself: by a WebSocket, and by a browser
 * without a script that opens its address.
 */
export async function openGateway({
  gateway: { ports },
  listen,
  trustedProxies,
}: GatewaySettings): Promise<Gateway> {
  const trusts = trustIn(trustedProxies)
  const open: Gateway[] = []
  const close = async () => {
    for (const one of open.splice(0)) await one.close()
  }
  try {
    for (const port of ports) {
      const server = gatewayServer(port)
      const addressOf = (request: IncomingMessage) => clientAddressOf(request, trusts).address
      const sockets = testSockets(server, PATHS.socket, addressOf)
      server.listen(port, listen)
      await once(server, 'listening')
      open.push({ close: async () => await closed(server, sockets) })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

/** A socket is no connection of its server any more: it has to be closed by itself. */
async function closed(server: Server, sockets: Pick<TestSockets, 'close'>): Promise<void> {
  sockets.close()
  const closing = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closing
}

/** Says in both languages that the port is open, to a browser that asks for its first page. */
function gatewayServer(port: number): Server {
  const words = [
    `Port ${port} is open: your network lets this connection through.`,
    `Le port ${port} est ouvert\u00a0: votre réseau laisse passer cette connexion.`,
  ]
  const open = `${words.join('\n')}\n`
  return createServer({ requestTimeout: REQUEST_PATIENCE_MS }, (request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const isFirst = pathOf(request) === '/'
    const [status, text] = isRead ? (isFirst ? [200, open] : [404, '']) : [405, '']
    reply.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    })
    reply.end(text)
    request.resume()
  })
}
