import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import { obstacleToOptingOut, setOptedOut } from '#engine/subscribers/opting-out.ts'
import { canConfirm } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { type OptOutFacts, optOutPage } from '#edges/pages/subscribers/opt-out-page.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const SecondFactor = z.strictObject({ 'second-factor': z.enum(['on', 'off']) })

const ONLY = { ok: false, problem: 'subscriber.primary-user-only' } as const

const address = '/portal/security/trading'

/** Whether trading asks for a second factor (R128 to R130). */
export const optOutRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.get(address, async (request, reply) => {
      // Before the client weighs what it costs: it is for the primary user to decide (R032).
      if (!decidesForAccount(openSession(request).subscriber)) return sendRefusal(reply, ONLY)
      return await sendOptOut(world, reply)
    })

    app.post(address, { schema: { body: SecondFactor } }, async (request, reply) => {
      const session = openSession(request)
      const wantsOut = request.body['second-factor'] === 'off'
      // Where it cannot be, the client is not asked to confirm it first.
      const problem = wantsOut ? await obstacleToOptingOut(world, session) : null
      if (problem) return sendRefusal(reply, { ok: false, problem })
      const deed = { kind: wantsOut ? 'opt_out' : 'opt_in', facts: {} } as const
      if (!(await requireTask(world, reply, deed))) return reply
      const set = await setOptedOut(world, session, wantsOut)
      if (!set.ok) return sendRefusal(reply, set)
      return reply.redirect(doneAt(wantsOut ? 'opted-out' : 'opted-in'), 303)
    })
  }

/** The page, with what is wrong where a network was typed. */
export async function sendOptOut(
  world: World,
  reply: FastifyReply,
  typed?: OptOutFacts['typed'],
): Promise<FastifyReply> {
  const { request } = reply
  const session = openSession(request)
  const { accounts } = session
  const facts = {
    ...seenBy(world, reply),
    accounts,
    asked: rulesFor(world.settings.jurisdictions, accounts),
    canLeave: await canConfirm(world, session, 'opt_out'),
    address: request.clientAddress,
    ...(typed && { typed }),
  }
  return reply.html(optOutPage(reply.page(address), facts))
}
