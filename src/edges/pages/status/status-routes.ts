import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { noStatusPage, statusPage } from '#edges/pages/status/status-page.ts'
import { wholeStatus } from '#engine/status/status.ts'
import type { World } from '#engine/world.ts'

/** What works and what is late: for every client, without a login. */
export const statusRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/status', async (request, reply) => {
      const page = reply.page('/status')
      try {
        return await reply.html(statusPage(page, await wholeStatus(world)))
      } catch (error) {
        // What is wrong is what this page is asked for; the line is for the operator.
        request.log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'status')
        return reply.code(503).html(noStatusPage(page))
      }
    })
  }
