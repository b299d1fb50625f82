import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { requestsFor } from '#engine/desk/cases/second-person.ts'
import { hasRereading } from '#engine/desk/compliance/rereading.ts'
import { passkeysOf } from '#engine/desk/passkeys.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'
import { HOME_DONE, homePage } from '#edges/desk/staff/home-page.ts'

const Done = z.object({ done: z.enum(HOME_DONE).optional().catch(undefined) })

/** Where a member begins, and what tells their pages that the session has ended. */
export const homeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/', { schema: { querystring: Done } }, async (request, reply) => {
      const open = memberOf(request)
      const passkeys = (await passkeysOf(world, open.member)).length
      const requests = await requestsFor(world, open)
      const isToReread = await hasRereading(world, open)
      const { done = null } = request.query
      const seen = seenByMember(world, reply)
      const facts = { ...seen, passkeys, requests, isToReread, done }
      return reply.html(homePage(reply.page('/'), facts))
    })

    app.get('/session/events', { config: { isWaiting: true } }, async (request, reply) =>
      streamSession(world, { request, reply }),
    )
  }
