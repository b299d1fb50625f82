import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { EVENTS, PATHS, TEXT_SENT } from '#core/connectivity/diagnosis.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { CONNECTIVITY_POLICY } from '#edges/http/headers.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { connectivityPage } from '#edges/pages/connectivity/connectivity-page.ts'
import { CONNECTIVITY, takeGuess } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'

const silent = { logLevel: 'silent', exposeHeadRoute: false } as const

/**
 * The page that tests the connection (R014), and what it asks for. No login is asked for, and
 * nothing is told but what the client knows: where they come from, and what time it is.
 */
export const connectivityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/connectivity', { helmet: CONNECTIVITY_POLICY }, async (_request, reply) =>
      reply.html(connectivityPage(reply.page('/connectivity'))),
    )
    app.get(PATHS.text, silent, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(TEXT_SENT),
    )
    app.get(PATHS.seen, silent, async (request, reply) =>
      reply.send({ address: request.clientAddress, at: world.now() }),
    )
    app.get(PATHS.events, silent, async (request, reply) => {
      const source = { address: request.clientAddress, nameKey: '' }
      const refused = await takeGuess(world, source, CONNECTIVITY)
      if (refused) return sendRefusal(reply, refused)
      const stream = eventStream(request, reply)
      let sent = 0
      const send = () => {
        stream.send('test', sent)
        sent += 1
        if (sent === EVENTS.count) stream.close()
      }
      send()
      const timer = setInterval(send, EVENTS.apartMs)
      stream.onClose(() => clearInterval(timer))
      return reply
    })
  }
