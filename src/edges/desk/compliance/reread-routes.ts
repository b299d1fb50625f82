import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FOUND } from '#core/audit/rereading.ts'
import { isSecondPerson } from '#core/desk/role.ts'
import { isId } from '#core/ids.ts'
import { answerRereading, takeRereading, viewRereading } from '#engine/desk/compliance/rereading.ts'
import type { World } from '#engine/world.ts'
import { rereadPage } from '#edges/desk/compliance/reread-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const Address = z.object({ id: z.string().refine((text) => isId('rrd', text)) })
const Empty = z.strictObject({})
const Said = z.strictObject({ found: z.enum(FOUND) })

/** What another member did is read again: the system hands out the oldest. */
export const rereadRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: isSecondPerson }

    app.post('/rereadings/next', { config, schema: { body: Empty } }, async (request, reply) => {
      const taken = await takeRereading(world, memberOf(request))
      if (!taken.ok) return sendRefusal(reply, taken)
      return reply.redirect(taken.id === null ? '/?done=none' : `/rereadings/${taken.id}`, 303)
    })

    app.get('/rereadings/:id', { config, schema: { params: Address } }, async (request, reply) => {
      const view = await viewRereading(world, memberOf(request), request.params.id)
      if (!view.ok) return sendRefusal(reply, view)
      return reply.html(rereadPage(reply.page('/'), { ...seenByMember(world, reply), view }))
    })

    app.post(
      '/rereadings/:id',
      { config, schema: { params: Address, body: Said } },
      async (request, reply) => {
        const said = { id: request.params.id, found: request.body.found }
        const done = await answerRereading(world, memberOf(request), said)
        return done.ok ? reply.redirect('/?done=reread', 303) : sendRefusal(reply, done)
      },
    )
  }
