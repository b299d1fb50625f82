import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { PROBLEMS } from '#core/problems.ts'
import { deviceTask } from '#engine/tasks/device-details.ts'
import { sendBack, viewReturn } from '#engine/orders/fulfilment.ts'
import { isLastWayIn, securityOf } from '#engine/devices/overview.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { returnPage, returnWithItPage } from '#edges/pages/orders/return-page.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const Address = z.object({ id: z.string().refine((text) => isId('aut', text)) })
const about = '/portal/security/devices/:id/return'

/** A device that came by post goes back (R118). */
export const returnRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.get(about, { schema: { params: Address } }, async (request, reply) => {
      const { id } = request.params
      const viewed = await viewReturn(world, openSession(request), id)
      if (!viewed.ok && viewed.problem === 'authenticator.stronger') {
        reply.code(PROBLEMS[viewed.problem])
        return reply.html(returnWithItPage(reply.page(), { ...seenBy(world, reply), id }))
      }
      if (!viewed.ok) return sendRefusal(reply, viewed)
      const { authenticators } = await securityOf(world, openSession(request))
      const isLastWay = isLastWayIn(world, authenticators, id)
      const facts = { ...seenBy(world, reply), ...viewed, id, isLastWay }
      return reply.html(returnPage(reply.page(), facts))
    })

    app.post(
      about,
      { schema: { params: Address, body: z.strictObject({}) } },
      async (request, reply) => {
        const { id } = request.params
        const session = openSession(request)
        // Where it cannot be, the client is not asked to confirm it first.
        const viewed = await viewReturn(world, session, id)
        if (!viewed.ok) return sendRefusal(reply, viewed)
        const deed = await deviceTask(world, session, { kind: 'remove', id })
        if (!deed) return sendRefusal(reply, { ok: false, problem: 'authenticator.not-found' })
        if (!(await requireTask(world, reply, deed))) return reply
        const done = await sendBack(world, session, id)
        if (!done.ok) return sendRefusal(reply, done)
        return reply.redirect(doneAt('returning'), 303)
      },
    )
  }
