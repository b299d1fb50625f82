import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { requestsFor } from '#engine/desk/cases/second-person.ts'
import { passkeysOf } from '#engine/desk/passkeys.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'
import { homePage } from '#edges/desk/staff/home-page.ts'

const Done = z.object({ done: z.enum(['agreed', 'refused']).optional().catch(undefined) })

/** Where a member begins, and what tells their pages that the session has ended. */
export const homeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/', { schema: { querystring: Done } }, async (request, reply) => {
      const open = memberOf(request)
      const passkeys = (await passkeysOf(world, open.member)).length
      const requests = await requestsFor(world, open)
      const { done = null } = request.query
      const facts = { ...seenByMember(world, reply), passkeys, requests, done }
      return reply.html(homePage(reply.page('/'), facts))
    })

    app.get('/session/events', { config: { isWaiting: true } }, async (request, reply) =>
      streamSession(world, { request, reply }),
    )
  }
