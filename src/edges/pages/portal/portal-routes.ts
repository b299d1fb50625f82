import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { ongoingCall } from '#engine/desk/ongoing-call.ts'
import { overviewOf, securityOf } from '#engine/devices/overview.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { setLanguage } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'
import { clearCookie, setCookie } from '#edges/http/client/cookies.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { DoneQuery } from '#edges/pages/frame/security-pages.ts'
import {
  EVERY_SESSION,
  LEAVING,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'
import { overviewPage } from '#edges/pages/portal/overview-page.ts'
import {
  isFirstBinding,
  printableBy,
  sendFirst,
  sendScope,
} from '#edges/pages/portal/portal-scope.ts'

const Empty = z.strictObject({})

/** The client portal: who is logged in, and how. */
export const portalRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    const shown = { config: EVERY_SESSION, schema: { querystring: DoneQuery } }
    app.get('/portal', shown, async (request, reply) => {
      const session = openSession(request)
      if (isFirstBinding(session)) {
        return await sendFirst(world, reply, await securityOf(world, session))
      }
      if (session.decision.rights.portal !== 'full') return await sendScope(world, reply)
      const overview = await overviewOf(world, session)
      const printable = await printableBy(world, session)
      const call = await ongoingCall(world, session.subscriberId)
      const isBound = request.query.done === 'bound'
      const facts = { ...overview, printable, call, isBound }
      return reply.html(overviewPage(reply.page('/portal'), seenBy(world, reply), facts))
    })

    app.post(
      '/portal/log-out',
      { config: LEAVING, schema: { body: Empty } },
      async (request, reply) => {
        const session = openSession(request)
        await endSession(world, session, { id: session.id, by: 'log-out' })
        clearCookie(reply, 'session')
        return reply.redirect('/login?platform=portal', 303)
      },
    )

    await app.register(languageRoutes(world))
  }

/** Pages of a session, and nothing else: a client who switches comes back to where they were. */
const HERE = /^\/(?:portal|tasks)[\w/-]*(?:\?[\w=&-]*)?$/
const Spoken = z.strictObject({
  language: z.enum(LANGUAGES),
  to: z.string().max(200).regex(HERE).catch('/portal'),
})

/** In which language we speak to a client, here and everywhere else (R170). */
const languageRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/portal/language',
      { config: LEAVING, schema: { body: Spoken } },
      async (request, reply) => {
        const { subscriber, id: within } = openSession(request)
        const { language, to } = request.body
        const set = await setLanguage(world, { id: subscriber.id, language, by: 'holder', within })
        if (!set.ok) return sendRefusal(reply, set)
        setCookie(reply, 'language', language)
        return reply.redirect(to, 303)
      },
    )
  }
