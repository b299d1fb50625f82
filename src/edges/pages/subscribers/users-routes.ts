import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { findOtherUser, giveLeave, takeLeave } from '#engine/subscribers/primary-user.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { openSession, requireSession } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const Address = z.object({ id: z.string().refine((text) => isId('sub', text)) })
const Empty = z.strictObject({})

const about = '/portal/security/users/:id'
const missing = { ok: false, problem: 'subscriber.not-found' } as const

/** What a primary user decides for the other users of the account (R032). */
export const usersRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)
    const acts = { schema: { params: Address, body: Empty } }

    app.post(`${about}/give-leave`, acts, async (request, reply) => {
      const { id } = request.params
      const found = await findOtherUser(world, openSession(request), id)
      if (!found) return sendRefusal(reply, missing)
      const deed = { kind: 'give_leave', facts: { person: found.value.userName } } as const
      if (!(await requireTask(world, reply, deed))) return reply
      const given = await giveLeave(world, openSession(request), id)
      if (!given.ok) return sendRefusal(reply, given)
      return reply.redirect(doneAt('leave-given'), 303)
    })

    // What narrows needs no second look.
    app.post(`${about}/take-leave`, acts, async (request, reply) => {
      const taken = await takeLeave(world, openSession(request), request.params.id)
      if (!taken.ok) return sendRefusal(reply, taken)
      return reply.redirect(doneAt('leave-taken'), 303)
    })
  }
