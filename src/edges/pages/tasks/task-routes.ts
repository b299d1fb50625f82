import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { centsOf } from '#core/task-details.ts'
import { isId, type TaskId } from '#core/ids.ts'
import { PROBLEMS, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import {
  cancelTask,
  findLeftTask,
  startTask,
  type TaskView,
  viewTask,
} from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client/client.ts'
import { formTokenFor } from '#edges/http/client/form-token.ts'
import type { LeadOn } from '#edges/http/origin-guard.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { LEAVING, openSession, requireSession } from '#edges/pages/sessions/require-session.ts'
import {
  approvedPage,
  endedTaskPage,
  leavingPage,
  overLimitPage,
  type TaskFacts,
  taskPage,
} from '#edges/pages/tasks/task-page.ts'

const Address = z.object({ id: z.string().refine((text) => isId('tsk', text)) })
const Password = z.strictObject({
  /** For password managers; the session says who it is. */
  userName: z.string().max(256),
  password: z.string(),
})

/** A sensitive task, from what is to be done to the login that confirms it, and back (R023). */
export const taskRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))

    app.get(
      '/tasks/:id',
      { config: LEAVING, schema: { params: Address } },
      async (request, reply) => {
        const { id } = request.params
        const viewed = await viewTask(world, openSession(request), id)
        if (!viewed.ok) return await sendLeft(world, reply, { id, refusal: viewed })
        return await sendTask(world, reply, { ...viewed, went: null })
      },
    )

    const config = { ...LEAVING, leadOn: toPage }
    app.post(
      '/tasks/:id',
      { config, schema: { params: Address, body: Password } },
      async (request, reply) => {
        const { password } = request.body
        return await confirm(world, reply, { id: request.params.id, password })
      },
    )

    app.post(
      '/tasks/:id/cancel',
      { config, schema: { params: Address, body: z.strictObject({}) } },
      async (request, reply) => {
        const { id } = request.params
        const given = await cancelTask(world, openSession(request), id)
        if (given.ok) return leave(reply, given.task.next.back)
        return PROBLEMS[given.problem] === 404
          ? sendRefusal(reply, given)
          : reply.redirect(`/tasks/${id}`, 303)
      },
    )
  }

/**
 * A form that was opened before the last login of this browser changes nothing: its page says what
 * is next.
 */
const toPage: LeadOn = async (request, reply) => {
  const asked = Address.safeParse(request.params)
  if (!asked.success) return sendRefusal(reply, { ok: false, problem: 'request.other-login' })
  return reply.redirect(`/tasks/${asked.data.id}`, 303)
}

/**
 * A task ends with its session. The same client, who has logged in again since, goes on where it
 * was asked for: a platform asks again, and in the portal it is begun again.
 */
async function sendLeft(
  world: World,
  reply: FastifyReply,
  { id, refusal }: { readonly id: TaskId; readonly refusal: Refusal },
): Promise<FastifyReply> {
  const left = await findLeftTask(world, openSession(reply.request), id)
  if (!left) return sendRefusal(reply, refusal)
  const { to, back } = left.next
  return leave(reply, to.startsWith('/oidc/') ? to : back)
}

async function confirm(
  world: World,
  reply: FastifyReply,
  { id, password }: { readonly id: TaskId; readonly password: string },
): Promise<FastifyReply> {
  const { request } = reply
  const session = openSession(request)
  const isEmpty = password.trim() === ''
  const client = clientOf(world, request, reply)
  const started = isEmpty ? null : await startTask(world, session, { id, password, client })
  if (started?.ok) return reply.redirect(`/login/${started.login.id}`, 303)
  const viewed = await viewTask(world, session, id)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  return await sendTask(world, reply, { ...viewed, went: started ?? 'empty' })
}

/** A task as it stands now: the page that belongs to its state. */
async function sendTask(
  world: World,
  reply: FastifyReply,
  { went, ...viewed }: TaskView & { readonly went: Refusal | 'empty' | null },
): Promise<FastifyReply> {
  const { task, problem, allowance } = viewed
  const page = reply.page()
  if (problem) return reply.code(PROBLEMS[problem]).html(endedTaskPage(page, { task, problem }))
  const facts = { ...factsOf(world, reply, viewed), isEmpty: went === 'empty' }
  if (task.state === 'approved') {
    if (task.next.fields) return reply.html(approvedPage(page, facts))
    return leave(reply, `${task.next.to}?task=${task.id}`)
  }
  if (centsOf(task.deed) > 0 && !allowance.isReached) {
    return reply.code(PROBLEMS['task.over-limit']).html(overLimitPage(page, facts))
  }
  if (went === null || went === 'empty') return reply.html(taskPage(page, facts))
  const until = went.until === undefined ? null : instant(went.until)
  if (until !== null)
    reply.header('retry-after', Math.max(1, Math.ceil((until - world.now()) / 1_000)))
  const refusal = { problem: went.problem, until }
  return reply.code(PROBLEMS[went.problem]).html(taskPage(page, { ...facts, refusal }))
}

function factsOf(world: World, reply: FastifyReply, { task, allowance }: TaskView): TaskFacts {
  const { userName } = openSession(reply.request).subscriber
  const { language } = reply.page().texts
  return {
    task,
    allowance,
    userName,
    refusal: null,
    isEmpty: false,
    platform: platformName(world, task.platform, language),
    token: formTokenFor(world, reply),
  }
}

/**
 * On to where it was asked for. A page leads there, because a form of ours may not lead to another
 * house.
 */
function leave(reply: FastifyReply, to: string): FastifyReply {
  return to.startsWith('/oidc/')
    ? reply.html(leavingPage(reply.page(), to))
    : reply.redirect(to, 303)
}
