import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { fileNameOf } from '#core/documents/statement.ts'
import { statementsOf, takeStatement } from '#engine/documents/statements.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { documentsPage } from '#edges/pages/documents/document-pages.ts'
import {
  openSession,
  requireSession,
  seenBy,
  STATEMENTS,
} from '#edges/pages/sessions/require-session.ts'

const Wanted = z.object({
  year: z
    .string()
    .regex(/^(?:19|20)\d\d$/)
    .nullable()
    .default(null)
    .catch(null),
})
const Address = z.object({ id: z.string().max(40) })

/** Statements that a client reads and downloads. */
export const documentRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    const config = STATEMENTS

    app.get(
      '/portal/documents',
      { config, schema: { querystring: Wanted } },
      async (request, reply) => {
        const { subscriberId } = openSession(request)
        const statements = await statementsOf(world, subscriberId)
        const facts = { ...seenBy(world, reply), statements, year: request.query.year }
        return reply.html(documentsPage(reply.page(), facts))
      },
    )

    app.get(
      '/portal/documents/:id',
      // Asking for the head alone would be recorded as a download.
      { config, schema: { params: Address }, exposeHeadRoute: false },
      async (request, reply) => {
        const taken = await takeStatement(world, openSession(request), request.params.id)
        if (!taken.ok) return sendRefusal(reply, taken)
        // Saved and never shown: what stands in a file is no page of ours.
        return reply
          .header('content-disposition', `attachment; filename="${fileNameOf(taken.statement)}"`)
          .type('application/pdf')
          .send(Buffer.from(taken.bytes))
      },
    )
  }
