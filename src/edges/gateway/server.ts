import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { PATHS } from '#core/connectivity/diagnosis.ts'
import { STREAM_PATH } from '#edges/gateway/address.ts'
import { testDoor } from '#edges/gateway/sockets.ts'
import { streamDoor } from '#edges/gateway/stream.ts'
import { answerUpgrades, type Door, pathOf } from '#edges/gateway/upgrades.ts'
import { clientAddressOf, trustIn } from '#edges/http/client-address.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import type { World } from '#engine/world.ts'

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
 * without a script that opens its address. Where the settings name a platform behind them, a client
 * who may trade reaches its streams here.
 */
export async function openGateway(
  world: World,
  { gateway: { ports, upstream }, listen, trustedProxies }: GatewaySettings,
  report: (problem: string) => void = () => {},
): Promise<Gateway> {
  const trusts = trustIn(trustedProxies)
  const addressOf = (request: IncomingMessage) => clientAddressOf(request, trusts).address
  const doors: Record<string, Door> = { [PATHS.socket]: testDoor(addressOf) }
  if (upstream) doors[STREAM_PATH] = streamDoor(world, { upstream, addressOf, report })
  const open: Server[] = []
  const close = async () => {
    // A socket is no connection of its server any more: it has to be closed by itself.
    for (const door of Object.values(doors)) door.close()
    await Promise.all(open.splice(0).map(closed))
  }
  try {
    for (const port of ports) {
      const server = gatewayServer(port)
      answerUpgrades(server, doors)
      server.listen(port, listen)
      await once(server, 'listening')
      open.push(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

async function closed(server: Server): Promise<void> {
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
