import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { join, openInvitation } from '#engine/desk/invitation.ts'
import type { World } from '#engine/world.ts'
import { formToken } from '#edges/http/client/form-token.ts'
import { languageOf } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { deskClientOf } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { joinPage } from '#edges/desk/staff/join-page.ts'
import { enterDesk } from '#edges/desk/staff/login-routes.ts'

const Address = z.object({ token: z.string().max(64) })
const Made = z.strictObject(TOUCH_FIELDS)

/** The address of an invitation: good for one hour, once. */
export const joinRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const opening = (request: FastifyRequest, reply: FastifyReply, token: string) => ({
      token,
      client: deskClientOf(world, request, reply),
      language: languageOf(request),
    })
    const send = async (
      request: FastifyRequest,
      reply: FastifyReply,
      { token, problem }: { readonly token: string; readonly problem: Problem | null },
    ) => {
      const asking = opening(request, reply, token)
      const opened = await openInvitation(world, asking)
      if (!opened.ok) return sendRefusal(reply, opened)
      if (problem !== null) reply.code(PROBLEMS[problem])
      const action = `/join/${token}`
      const ofForm = formToken(world, app.realm, asking.client.holder)
      const form = { action, token: ofForm, problem }
      return reply.html(joinPage(reply.page(action), { ...opened, ...form }))
    }

    const config = { isOpenToAll: true }
    app.get('/join/:token', { config, schema: { params: Address } }, async (request, reply) =>
      send(request, reply, { token: request.params.token, problem: null }),
    )

    const wayOut = ({ url }: FastifyRequest) => url
    app.post(
      '/join/:token',
      { config: { ...config, wayOut }, schema: { params: Address, body: Made } },
      async (request, reply) => {
        const { token } = request.params
        const made = touchIn(request.body)
        const joined = await join(world, { ...opening(request, reply, token), made })
        if (joined.ok) return await enterDesk(world, reply, joined)
        return await send(request, reply, { token, problem: joined.problem })
      },
    )
  }
