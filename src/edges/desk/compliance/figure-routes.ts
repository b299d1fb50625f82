import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { readsAudit } from '#core/desk/role.ts'
import { figuresOf, pairsIn } from '#engine/desk/compliance/figures.ts'
import type { World } from '#engine/world.ts'
import { Days, daysOf, withinOf } from '#edges/desk/compliance/days.ts'
import { figuresPage, pairsPage } from '#edges/desk/compliance/figures-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { sendRefusal } from '#edges/http/problems.ts'

/** Figures per member, and the pairs of deeds that took two. */
export const figureRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: readsAudit }

    app.get('/audit/figures', { config, schema: { querystring: Days } }, async (request, reply) => {
      const within = withinOf(request.query, world.now())
      const done = await figuresOf(world, memberOf(request), within)
      if (!done.ok) return sendRefusal(reply, done)
      const facts = { ...seenByMember(world, reply), ...done, days: daysOf(within) }
      return reply.html(figuresPage(reply.page('/audit/figures'), facts))
    })

    app.get('/audit/pairs', { config, schema: { querystring: Days } }, async (request, reply) => {
      const within = withinOf(request.query, world.now())
      const done = await pairsIn(world, memberOf(request), within)
      if (!done.ok) return sendRefusal(reply, done)
      const facts = { ...seenByMember(world, reply), ...done, days: daysOf(within) }
      return reply.html(pairsPage(reply.page('/audit/pairs'), facts))
    })
  }
