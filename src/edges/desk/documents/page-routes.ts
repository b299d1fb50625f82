import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readsDocuments, readsOriginals } from '#core/documents/review/review.ts'
import { SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import { isId } from '#core/ids.ts'
import { readOriginal, seePageAtDesk } from '#engine/documents/review/looks.ts'
import type { World } from '#engine/world.ts'
import { memberOf } from '#edges/desk/frame/session.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const Page = z.object({
  id: z.string().refine((text) => isId('sbm', text)),
  page: z.coerce.number().int().min(1).max(SUBMITTED_PAGES_MAX),
})

/** What a browser may do with a file of a stranger that it opens by itself: nothing (S110). */
const SANDBOXED = "sandbox; default-src 'none'"

/** The pages of a document: pictures that the sandbox has made, and what came for compliance. */
export const pageRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    // A look is written down: asking for the head alone would be one that shows nothing.
    const route = { schema: { params: Page }, exposeHeadRoute: false }

    app.get(
      '/documents/:id/pages/:page',
      { ...route, config: { roles: readsDocuments } },
      async (request, reply) => {
        const seen = await seePageAtDesk(world, memberOf(request), request.params)
        if (!seen.ok) return sendRefusal(reply, seen)
        return reply
          .header('content-security-policy', SANDBOXED)
          .type('image/jpeg')
          .send(Readable.from(seen.page))
      },
    )

    app.get(
      '/documents/:id/originals/:page',
      { ...route, config: { roles: readsOriginals } },
      async (request, reply) => {
        const { id, page } = request.params
        const read = await readOriginal(world, memberOf(request), { id, page })
        if (!read.ok) return sendRefusal(reply, read)
        // Saved and never shown, under a name that we have chosen.
        return reply
          .header('content-security-policy', SANDBOXED)
          .header('content-disposition', `attachment; filename="${id}-${page}.bin"`)
          .type('application/octet-stream')
          .send(Readable.from(read.page))
      },
    )
  }
