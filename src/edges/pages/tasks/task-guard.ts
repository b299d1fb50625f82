import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TaskDetails } from '#core/task-details.ts'
import { isId, type TaskId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import type { Next } from '#core/tasks/task.ts'
import { useLogin } from '#engine/tasks/by-login.ts'
import { openTask, useTask, viewTask, type Wish } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { earlierHolders, preSecret } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { openSession } from '#edges/pages/sessions/require-session.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The approved task that a form of the portal brings along, where it does. */
    task: TaskId | null
  }
}

/** Where the portal goes back to when a task is given up. */
const BACK = '/portal/security'

/**
 * Takes the task out of every form before it is looked at, so that routes see only what is theirs.
 */
export function takeTasks(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const { body } = request
    if (typeof body !== 'object' || body === null) return
    const { task, ...fields } = body as Readonly<Record<string, unknown>>
    if (typeof task !== 'string' || !isId('tsk', task)) return
    request.task = task
    request.body = fields
  })
}

/**
 * Stands before what a session alone may not do. The first time it leads to the page of the task;
 * when the task is approved, the same form comes again and goes through, once.
 *
 *   if (!(await requireTask(world, reply, { kind: 'telephone', facts: { telephone } }))) return reply
 *
 * What the form says and what was approved must be the same: build the task from what will be done,
 * and name in its `about` what its words stand for. It is the very form that was approved, sent to
 * the very address, and no other (A8).
 *
 * @returns whether to go on; if not, the answer has been sent.
 */
export async function requireTask(
  world: World,
  reply: FastifyReply,
  deed: TaskDetails,
): Promise<boolean> {
  const { request } = reply
  const session = openSession(request)
  if (request.task !== null) {
    const usedFor = `portal ${request.task}`
    const viewed = await viewTask(world, session, request.task)
    if (viewed.ok && !isSameForm(request, viewed.task.next)) {
      sendRefusal(reply, { ok: false, problem: 'task.changed' })
      return false
    }
    const holder = preSecret(world, request, reply)
    const used = await useTask(world, session, { id: request.task, holder, deed, usedFor })
    if (!used.ok) sendRefusal(reply, used)
    return used.ok
  }
  const wish = wishIn(request, deed)
  // What its client has just proven for this very thing is not asked again.
  const holders = earlierHolders(world, request)
  if (await useLogin(world, session, { ...wish, holders })) return true
  const opened = await openTask(world, session, wish)
  if (opened.ok) reply.redirect(`/tasks/${opened.task.id}`, 303)
  else sendRefusal(reply, opened)
  return false
}

/**
 * Whether the login of this session confirms that a device is back which rests: it was proven with
 * what stands in for it (R097).
 */
export const isBackByLogin = async (
  world: World,
  { request }: FastifyReply,
  deed: TaskDetails,
): Promise<boolean> =>
  request.task === null &&
  (await useLogin(world, openSession(request), {
    ...wishIn(request, deed),
    holders: earlierHolders(world, request),
    isResting: true,
  }))

const wishIn = (request: FastifyRequest, deed: TaskDetails): Wish => ({
  deed,
  platform: 'portal',
  next: { to: pathOf(request), fields: fieldsOf(request), back: BACK },
})

const isSameForm = (request: FastifyRequest, { to, fields }: Next): boolean =>
  to === pathOf(request) && canonicalJson(fields) === canonicalJson(fieldsOf(request))

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? url

/** What the form said, to be said again. */
function fieldsOf({ body }: FastifyRequest): Readonly<Record<string, string>> {
  const entries = Object.entries((body ?? {}) as Readonly<Record<string, unknown>>)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
