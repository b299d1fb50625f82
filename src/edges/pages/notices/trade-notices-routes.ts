import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HOW_OFTEN, TRADE_CHANNELS } from '#core/notices/trade-choice.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import { chooseTradeNotices, tradeNoticesOf } from '#engine/notices/trade-choice.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'
import { TRADE_NOTICES, tradeNoticesPage } from '#edges/pages/notices/trade-notices-page.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'

const Chosen = z.strictObject({
  every: z.enum(HOW_OFTEN),
  channel: z.enum(TRADE_CHANNELS).optional(),
})

const ONLY = { ok: false, problem: 'subscriber.primary-user-only' } as const

/** How a client hears of the trades that platforms report (R131). */
export const tradeNoticesRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get(TRADE_NOTICES, async (request, reply) => {
      const session = openSession(request)
      if (!decidesForAccount(session.subscriber)) return sendRefusal(reply, ONLY)
      const notices = await tradeNoticesOf(world, session)
      const facts = { ...seenBy(world, reply), notices }
      return reply.html(tradeNoticesPage(reply.page(TRADE_NOTICES), facts))
    })

    app.post(TRADE_NOTICES, { schema: { body: Chosen } }, async (request, reply) => {
      const { every, channel } = request.body
      const set = await chooseTradeNotices(world, openSession(request), { every, channel })
      return set.ok ? reply.redirect(doneAt('trade-notices'), 303) : sendRefusal(reply, set)
    })
  }
