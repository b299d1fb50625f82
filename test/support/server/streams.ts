import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** The streams of a platform, behind the gateway: it greets each one that connects. */
export async function openStreams() {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => socket.send('quotes'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  const close = () => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  }
  return { upstream: `ws://127.0.0.1:${port}/stream`, sockets, close }
}
