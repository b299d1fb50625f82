import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId, type ShareRequestId } from '#core/ids.ts'
import { PROBLEMS } from '#core/problems.ts'
import {
  agreeToShare,
  askToShare,
  declineShare,
  findOfferedShare,
  obstacleToAsking,
  sharesOf,
  withdrawShare,
} from '#engine/inventory/share-requests.ts'
import { calledIn } from '#engine/inventory/named-device.ts'
import { sharedDevicesOf } from '#engine/inventory/shared-devices.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { SHARING } from '#edges/pages/frame/security-pages.ts'
import {
  SHARING_DONE,
  type SharingFacts,
  sharingPage,
} from '#edges/pages/inventory/sharing-page.ts'
import {
  BINDING,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'

/** Longer ones are judged too, so that the client reads what is wrong. */
const Name = z.strictObject({ name: z.string().max(2_000) })
const Address = z.object({
  id: z.string().refine((text): text is ShareRequestId => isId('shr', text)),
})
const Empty = z.strictObject({})
const DoneQuery = z.object({ done: z.enum(SHARING_DONE).optional().catch(undefined) })

const NOT_FOUND = { ok: false, problem: 'sharing.not-found' } as const

/** One device for several user names (R120). */
export const sharingRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)
    const shown = { config: BINDING, schema: { querystring: DoneQuery } }
    const acts = { schema: { params: Address, body: Empty } }

    app.get(SHARING, shown, async (request, reply) => {
      return await sendSharing(world, reply, { done: request.query.done ?? null })
    })

    app.post(SHARING, { config: BINDING, schema: { body: Name } }, async (request, reply) => {
      const { name } = request.body
      const asked = await askToShare(world, openSession(request), { userName: name })
      if (asked.ok) return reply.redirect(`${SHARING}?done=asked`, 303)
      const { problem } = asked
      if (problem !== 'sharing.name') return sendRefusal(reply, asked)
      const error = reply.page().texts.text(`problem.${problem}`)
      reply.code(PROBLEMS[problem])
      return await sendSharing(world, reply, { done: null, typed: { value: name, error } })
    })

    app.post(`${SHARING}/:id/withdraw`, { ...acts, config: BINDING }, async (request, reply) => {
      const done = await withdrawShare(world, openSession(request), request.params)
      if (!done.ok) return sendRefusal(reply, done)
      return reply.redirect(`${SHARING}?done=withdrawn`, 303)
    })

    app.post(`${SHARING}/:id/agree`, acts, async (request, reply) => {
      const { id } = request.params
      const offered = await findOfferedShare(world, openSession(request), id)
      if (!offered) return sendRefusal(reply, NOT_FOUND)
      const { asker: person } = offered
      const { text } = reply.page().texts
      const device = calledIn(text, offered.device)
      // Two requests may read alike; what is confirmed is the one.
      const deed = { kind: 'share_device', facts: { device, person }, about: { id } } as const
      if (!(await requireTask(world, reply, deed))) return reply
      const done = await agreeToShare(world, openSession(request), { id })
      if (!done.ok) return sendRefusal(reply, done)
      return reply.redirect(`${SHARING}?done=agreed`, 303)
    })

    // What opens nothing needs no second look.
    app.post(`${SHARING}/:id/decline`, acts, async (request, reply) => {
      const done = await declineShare(world, openSession(request), request.params)
      if (!done.ok) return sendRefusal(reply, done)
      return reply.redirect(`${SHARING}?done=declined`, 303)
    })
  }

async function sendSharing(
  world: World,
  reply: FastifyReply,
  said: Pick<SharingFacts, 'done' | 'typed'>,
): Promise<FastifyReply> {
  const session = openSession(reply.request)
  const [shares, devices, obstacle] = await Promise.all([
    sharesOf(world, session),
    sharedDevicesOf(world, session.subscriberId),
    obstacleToAsking(world, session),
  ])
  const facts = { ...seenBy(world, reply), shares, devices, obstacle, ...said }
  return reply.html(sharingPage(reply.page(SHARING), facts))
}
