import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId, type TaskId } from '#core/ids.ts'
import { PROBLEMS } from '#core/problems.ts'
import { changePassword, PASSWORD_TASK } from '#engine/password/change.ts'
import { openTask, viewTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { preSecret } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  changePasswordPage,
  type Flawed,
  newPasswordPage,
} from '#edges/pages/password/password-page.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const ADDRESS = '/portal/security/password'
const isTask = (text: string): text is TaskId => isId('tsk', text)

const Shown = z.object({ task: z.string().refine(isTask).optional().catch(undefined) })
const Chosen = z.strictObject({
  task: z.string().refine(isTask),
  password: z.string(),
  /** For password managers; the session says who it is. */
  userName: z.string().optional(),
})

/**
 * Another password. It is confirmed first and chosen afterwards: so the new one is typed once, is
 * kept nowhere on the way, and a client whose choice is refused need not confirm again.
 */
export const passwordRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get(ADDRESS, { schema: { querystring: Shown } }, async (request, reply) => {
      const { task } = request.query
      if (!task) {
        const seen = seenBy(world, reply)
        return reply.html(changePasswordPage(reply.page(ADDRESS), seen))
      }
      return await sendForm(world, reply, { task, flawed: null })
    })

    app.post(
      `${ADDRESS}/begin`,
      { schema: { body: z.strictObject({}) } },
      async (request, reply) => {
        const next = { to: ADDRESS, fields: null, back: '/portal/security' }
        const wish = { deed: PASSWORD_TASK, platform: 'portal', next }
        const opened = await openTask(world, openSession(request), wish)
        if (!opened.ok) return sendRefusal(reply, opened)
        return reply.redirect(`/tasks/${opened.task.id}`, 303)
      },
    )

    app.post(ADDRESS, { schema: { body: Chosen } }, async (request, reply) => {
      const { task, password } = request.body
      if (password === '') {
        return await sendForm(world, reply, { task, flawed: { flaw: 'empty', minimum: 0 } })
      }
      const holder = preSecret(world, request, reply)
      const changed = await changePassword(world, openSession(request), { task, holder, password })
      if (changed.ok) return reply.redirect(doneAt('password'), 303)
      if (changed.flaw === undefined) return sendRefusal(reply, changed)
      return await sendForm(world, reply, { task, flawed: changed })
    })
  }

/**
 * The field for the new one; a task that is not approved, or not any more, says so on its own page.
 */
async function sendForm(
  world: World,
  reply: FastifyReply,
  { task, flawed }: { readonly task: TaskId; readonly flawed: Flawed | null },
): Promise<FastifyReply> {
  const viewed = await viewTask(world, openSession(reply.request), task)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  const isReady = viewed.problem === null && viewed.task.state === 'approved'
  if (!isReady || viewed.task.deed.kind !== 'password') return reply.redirect(`/tasks/${task}`, 303)
  if (flawed) reply.code(PROBLEMS['subscriber.weak-password'])
  const seen = seenBy(world, reply)
  return reply.html(newPasswordPage(reply.page(), { ...seen, task, flawed }))
}
