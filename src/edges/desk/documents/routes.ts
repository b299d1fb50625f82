import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { judgesDocuments, readsDocuments, VERDICTS } from '#core/documents/review/review.ts'
import { isId } from '#core/ids.ts'
import { isScanned } from '#engine/documents/antivirus.ts'
import { putBack, queueFor, suspiciousOnes, takeNext } from '#engine/documents/review/queue.ts'
import type { World } from '#engine/world.ts'
import { mailRoutes } from '#edges/desk/documents/mail-routes.ts'
import { pageRoutes } from '#edges/desk/documents/page-routes.ts'
import { queuePage } from '#edges/desk/documents/queue-page.ts'
import { reviewRoutes } from '#edges/desk/documents/review-routes.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const DONE = [...VERDICTS, 'accepted-first', 'put-back', 'assigned', 'dismissed', 'none'] as const
const Done = z.object({ done: z.enum(DONE).optional().catch(undefined) })
const Address = z.object({
  id: z.string().refine((text) => isId('sbm', text) || isId('mai', text)),
})
const Empty = z.strictObject({})

/** What waits for a person: documents, and mails that became none. */
export const documentRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const judges = { roles: judgesDocuments }

    app.get(
      '/documents',
      { config: { roles: readsDocuments }, schema: { querystring: Done } },
      async (request, reply) => {
        const { done = null } = request.query
        const open = memberOf(request)
        const queue = judgesDocuments(open.member.role) ? await queueFor(world, open) : null
        const suspicious = queue ? [] : await suspiciousOnes(world)
        const isWaiting = !(await isScanned(world))
        const facts = { ...seenByMember(world, reply), queue, suspicious, done, isWaiting }
        return reply.html(queuePage(reply.page('/documents'), facts))
      },
    )

    app.post(
      '/documents/next',
      { config: judges, schema: { body: Empty } },
      async (request, reply) => {
        const taken = await takeNext(world, memberOf(request))
        if (taken.ok) return reply.redirect(addressOf(taken.id), 303)
        if (taken.problem === 'submission.none-left')
          return reply.redirect('/documents?done=none', 303)
        return sendRefusal(reply, taken)
      },
    )

    app.post(
      '/documents/back/:id',
      { config: judges, schema: { params: Address, body: Empty } },
      async (request, reply) => {
        const done = await putBack(world, memberOf(request), request.params.id)
        return done.ok ? reply.redirect('/documents?done=put-back', 303) : sendRefusal(reply, done)
      },
    )

    await app.register(reviewRoutes(world))
    await app.register(pageRoutes(world))
    await app.register(mailRoutes(world))
  }

const addressOf = (id: string): string =>
  id.startsWith('mai_') ? `/documents/mails/${id}` : `/documents/${id}`
