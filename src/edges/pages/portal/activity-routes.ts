import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LINES } from '#core/events/hearing.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { activityOf, findActivity } from '#engine/notices/activity.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { activityPage, notMePage } from '#edges/pages/portal/activity-page.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'

/** A place in the log, as an address has it. */
const Seq = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/)
  .transform(Number)
const Page = z.object({ before: Seq.optional() })
const Address = z.object({ seq: Seq })
const Empty = z.strictObject({})

/**
 * Everything that was done with a user name, and what to do about what the client did not do.
 */
export const activityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get('/portal/activity', { schema: { querystring: Page } }, async (request, reply) => {
      const { before } = request.query
      const page = before === undefined ? {} : { before }
      const activity = await activityOf(world, openSession(request), page)
      const facts = { ...seen(world, reply), activity, isLatest: before === undefined }
      return reply.html(activityPage(reply.page(), facts))
    })

    app.get('/portal/activity/:seq', { schema: { params: Address } }, async (request, reply) => {
      const entry = await findActivity(world, openSession(request), request.params.seq)
      const remedy = entry && LINES[entry.line]
      // That of another client does not exist, and what only we can have done needs no help.
      if (!entry || !remedy) return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
      return reply.html(notMePage(reply.page(), { ...seen(world, reply), entry, remedy }))
    })

    app.post(
      '/portal/activity/:seq/did-not-call',
      { schema: { params: Address, body: Empty } },
      async (request, reply) => {
        const session = openSession(request)
        const entry = await findActivity(world, session, request.params.seq)
        const caseId = entry && LINES[entry.line] === 'desk' ? entry.event.caseId : undefined
        if (!caseId) return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
        const done = await denyCall(world, session, caseId)
        return done.ok ? reply.redirect('/portal/activity', 303) : sendRefusal(reply, done)
      },
    )
  }

function seen(world: World, reply: FastifyReply) {
  const { language } = reply.page().texts
  return {
    ...seenBy(world, reply),
    platformName: (id: string) => platformName(world, id, language),
  }
}
