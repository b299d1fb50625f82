import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { forgetBrowsers, securityOf } from '#engine/devices/overview.ts'
import { endAllSessions, endOtherSessions, endSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import { clearCookie } from '#edges/http/client/cookies.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { everywhereOutPage } from '#edges/pages/login/login-endings.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { doneAt, DoneQuery, SECURITY_PAGES } from '#edges/pages/frame/security-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { sessionsPage } from '#edges/pages/sessions/sessions-page.ts'

const SessionAddress = z.object({ id: z.string().refine((text) => isId('ses', text)) })
const BrowserAddress = z.object({ id: z.string().refine((text) => isId('brw', text)) })
const Empty = z.strictObject({})

/** Where a client is logged in, and how that ends: one session, all others, or all. */
export const sessionRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    const shown = { schema: { querystring: DoneQuery } }
    app.get(SECURITY_PAGES.sessions, shown, async (request, reply) => {
      const security = await securityOf(world, openSession(request))
      const page = reply.page(SECURITY_PAGES.sessions)
      const named = (id: string) => platformName(world, id, page.texts.language)
      const { done = null } = request.query
      const facts = { ...seenBy(world, reply), security, platformName: named, done }
      return reply.html(sessionsPage(page, facts))
    })

    app.post(
      '/portal/security/sessions/:id/end',
      { schema: { params: SessionAddress, body: Empty } },
      async (request, reply) => {
        const id = request.params.id
        const ended = await endSession(world, openSession(request), { id, by: 'holder' })
        if (!ended.ok) return sendRefusal(reply, ended)
        return reply.redirect(doneAt('ended'), 303)
      },
    )

    app.post(
      '/portal/security/sessions/end-others',
      { schema: { body: Empty } },
      async (request, reply) => {
        const ended = await endOtherSessions(world, openSession(request))
        if (!ended.ok) return sendRefusal(reply, ended)
        return reply.redirect(doneAt('ended-others'), 303)
      },
    )

    // A page and no redirection: only the client who has just done this reads that it was done.
    app.post(
      '/portal/security/sessions/end-all',
      { schema: { body: Empty } },
      async (request, reply) => {
        await endAllSessions(world, openSession(request))
        clearCookie(reply, 'session')
        return reply.html(everywhereOutPage(reply.page('/portal')))
      },
    )

    app.post(
      '/portal/security/browsers/forget',
      { schema: { body: Empty } },
      async (request, reply) => {
        await forgetBrowsers(world, openSession(request))
        clearCookie(reply, 'browser')
        return reply.redirect(doneAt('forgotten'), 303)
      },
    )

    app.post(
      '/portal/security/browsers/:id/forget',
      { schema: { params: BrowserAddress, body: Empty } },
      async (request, reply) => {
        const session = openSession(request)
        const { id } = request.params
        await forgetBrowsers(world, session, id)
        if (session.origin.browserId === id) clearCookie(reply, 'browser')
        return reply.redirect(doneAt('forgotten-one'), 303)
      },
    )
  }
