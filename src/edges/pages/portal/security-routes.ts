import { sharesOf } from '#engine/inventory/share-requests.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import { alertsOf } from '#engine/notices/alerts.ts'
import { tradeNoticesOf } from '#engine/notices/trade-choice.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { ongoingCall } from '#engine/desk/ongoing-call.ts'
import { lossPreviewIn } from '#engine/devices/loss-preview.ts'
import { stopSuccessor } from '#engine/devices/migration.ts'
import { type Security, securityOf, setAskedFirst, setSeamless } from '#engine/devices/overview.ts'
import { canGoBack, returnsOf, showing } from '#engine/orders/fulfilment.ts'
import { mayOrder, ordersOf } from '#engine/orders/orders.ts'
import { resumeTexts } from '#engine/contact/text-opt-out.ts'
import { type OpenSession, rightsByStrength } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { doneAt, DoneQuery, isSaidOn, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import type { OrderingFacts } from '#edges/pages/orders/order-status.ts'
import { devicesPage } from '#edges/pages/portal/devices-page.ts'
import { isFirstBinding, rungsOf, sendFirst, sendScope } from '#edges/pages/portal/portal-scope.ts'
import { securityPage } from '#edges/pages/portal/security-page.ts'
import {
  BINDING,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'

const Empty = z.strictObject({})
const AskedFirst = z.strictObject({
  device: z.string().refine((text) => isId('aut', text)),
})
const Seamless = z.strictObject({ seamless: z.enum(['on', 'off']) })

/** How a client logs in: the ways, and the devices. */
export const securityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    const shown = { config: BINDING, schema: { querystring: DoneQuery } }

    app.get(SECURITY_PAGES.ways, shown, async (request, reply) => {
      const session = openSession(request)
      const security = await securityOf(world, session)
      if (await sendPart(world, reply, security)) return reply
      const { done = null } = request.query
      // Addresses from before these pages were apart lead on.
      if (done !== null && !isSaidOn('ways', done)) return reply.redirect(doneAt(done), 303)
      const rungs = await rungsOf(world, session, security)
      const rightsBy = await rightsByStrength(world, session)
      const lossPreview = lossPreviewIn(world, security)
      const notices = decidesForAccount(session.subscriber)
        ? await tradeNoticesOf(world, session)
        : null
      const seen = { ...seenBy(world, reply), security, rungs, lossPreview, rightsBy }
      const alerts = await alertsOf(world, session)
      const facts = { ...seen, notices, alerts, done }
      return reply.html(securityPage(reply.page(SECURITY_PAGES.ways), facts))
    })

    app.get(SECURITY_PAGES.devices, shown, async (request, reply) => {
      const session = openSession(request)
      const security = await securityOf(world, session)
      if (await sendPart(world, reply, security)) return reply
      const { done = null } = request.query
      const rungs = await rungsOf(world, session, security)
      const ordering = await orderingOf(world, session)
      const call = await ongoingCall(world, session.subscriberId)
      const shares = await sharesOf(world, session)
      const facts = { ...seenBy(world, reply), security, rungs, ordering, call, shares, done }
      return reply.html(devicesPage(reply.page(SECURITY_PAGES.devices), facts))
    })

    await app.register(pressRoutes(world))
  }

/** The page of a client who may not see all of the portal; `false` for all others. */
async function sendPart(world: World, reply: FastifyReply, security: Security): Promise<boolean> {
  const session = openSession(reply.request)
  if (isFirstBinding(session)) await sendFirst(world, reply, security)
  else if (session.decision.rights.portal !== 'full') await sendScope(world, reply)
  else return false
  return true
}

/**
 * What is switched or ended with one press: the question of a known device, a phone that waits,
 * texts.
 */
const pressRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/portal/security/seamless',
      { schema: { body: Seamless } },
      async (request, reply) => {
        const wanted = request.body.seamless === 'on'
        const set = await setSeamless(world, openSession(request), wanted)
        if (!set.ok) return sendRefusal(reply, set)
        return reply.redirect(doneAt('saved'), 303)
      },
    )

    app.post(
      '/portal/security/asked-first',
      { schema: { body: AskedFirst } },
      async (request, reply) => {
        const id = request.body.device
        const set = await setAskedFirst(world, openSession(request), { id })
        if (!set.ok) return sendRefusal(reply, set)
        return reply.redirect(doneAt('asked-first'), 303)
      },
    )

    // A client who logged in with two factors may stop a phone that waits, and to stop is never
    // dangerous (S70).
    app.post(
      '/portal/security/successor/stop',
      { schema: { body: Empty } },
      async (request, reply) => {
        const { subscriberId, id } = openSession(request)
        const stopped = await stopSuccessor(world, { subscriberId, by: 'session', spare: id })
        if (!stopped.ok) return sendRefusal(reply, stopped)
        return reply.redirect(doneAt('successor-stopped'), 303)
      },
    )

    app.post(
      '/portal/security/texts/resume',
      { schema: { body: Empty } },
      async (request, reply) => {
        const resumed = await resumeTexts(world, openSession(request))
        if (!resumed.ok) return sendRefusal(reply, resumed)
        return reply.redirect(doneAt('texts-resumed'), 303)
      },
    )
  }

/** What was ordered, what goes back, and whether another is offered. */
async function orderingOf(world: World, session: OpenSession): Promise<OrderingFacts> {
  const [orders, tokens, cards] = await Promise.all([
    ordersOf(world, session),
    returnsOf(world, session),
    canGoBack(world, session),
  ])
  const returns = tokens.map((token) => ({
    ...token,
    ...showing(world, token.returningAt ?? world.now()),
  }))
  return { orders, cards, returns, mayOrder: await mayOrder(world, session) }
}
