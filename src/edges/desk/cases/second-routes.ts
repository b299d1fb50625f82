import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isSecondPerson } from '#core/desk/role.ts'
import { isId, type SecondRequestId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  answerSecond,
  touchOfAgreeing,
  viewSecondRequest,
} from '#engine/desk/cases/second-person.ts'
import { askTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { secondPage } from '#edges/desk/cases/second-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'

const Address = z.object({ id: z.string().refine((text) => isId('sec', text)) })
const Agreed = z.strictObject(TOUCH_FIELDS)
const REASON_READ_MAX = 12_000
const Refused = z.strictObject({ reason: z.string().max(REASON_READ_MAX) })

/** What a second person is asked: they agree by a touch of the passkey, or refuse. */
export const secondRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: isSecondPerson }

    app.get('/second/:id', { config, schema: { params: Address } }, async (request, reply) =>
      sendRequest(world, { request, reply }, { id: request.params.id, problem: null }),
    )

    app.post(
      '/second/:id/agree',
      { config, schema: { params: Address, body: Agreed } },
      async (request, reply) => {
        const { id } = request.params
        const answer = { id, agrees: true, touch: touchIn(request.body) } as const
        const done = await answerSecond(world, memberOf(request), answer)
        if (done.ok) return reply.redirect('/?done=agreed', 303)
        return await sendRequest(world, { request, reply }, { id, problem: done.problem })
      },
    )

    app.post(
      '/second/:id/refuse',
      { config, schema: { params: Address, body: Refused } },
      async (request, reply) => {
        const { id } = request.params
        const answer = { id, agrees: false, reason: request.body.reason } as const
        const done = await answerSecond(world, memberOf(request), answer)
        if (done.ok) return reply.redirect('/?done=refused', 303)
        return await sendRequest(world, { request, reply }, { id, problem: done.problem })
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function sendRequest(
  world: World,
  { request, reply }: Exchange,
  { id, problem }: { readonly id: SecondRequestId; readonly problem: Problem | null },
) {
  const open = memberOf(request)
  const view = await viewSecondRequest(world, open, id)
  if (!view.ok) return sendRefusal(reply, view)
  if (problem) reply.code(PROBLEMS[problem])
  const touch = await askTouch(world, open, touchOfAgreeing(view.request))
  const facts = { ...seenByMember(world, reply), view, touch, problem }
  return reply.html(secondPage(reply.page('/'), facts))
}
