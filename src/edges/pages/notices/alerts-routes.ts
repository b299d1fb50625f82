import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HOW_OFTEN } from '#core/notices/trade-choice.ts'
import { alertsOf, chooseAlerts } from '#engine/notices/alerts.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'
import { ALERTS_PAGE, alertsPage } from '#edges/pages/notices/alerts-page.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'

const Chosen = z.strictObject({ every: z.enum(HOW_OFTEN) })

/** What phones are told beside requests (R018). */
export const alertsRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get(ALERTS_PAGE, async (request, reply) => {
      const { every } = await alertsOf(world, openSession(request))
      const facts = { ...seenBy(world, reply), every }
      return reply.html(alertsPage(reply.page(ALERTS_PAGE), facts))
    })

    app.post(ALERTS_PAGE, { schema: { body: Chosen } }, async (request, reply) => {
      const set = await chooseAlerts(world, openSession(request), request.body.every)
      return set.ok ? reply.redirect(doneAt('alerts'), 303) : sendRefusal(reply, set)
    })
  }
