import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readsAudit } from '#core/desk/role.ts'
import { isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { alarmsOf } from '#engine/desk/compliance/figures.ts'
import { readLook, searchAudit } from '#engine/desk/compliance/look.ts'
import { reportOn } from '#engine/desk/compliance/report.ts'
import type { World } from '#engine/world.ts'
import { Days, daysOf, withinOf } from '#edges/desk/compliance/days.ts'
import { lookOf, Named, queryOf } from '#edges/desk/compliance/named.ts'
import { reportPage } from '#edges/desk/compliance/report-page.ts'
import { eventsPage, searchPage, type SearchTyped } from '#edges/desk/compliance/search-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const TYPED_LENGTH_MAX = 200
const Typed = z.string().max(TYPED_LENGTH_MAX).default('')
const Asked = Days.extend({
  client: Typed,
  staff: Typed,
  case: Typed,
  kind: Typed,
  /** Which button was pressed. */
  as: z.enum(['events', 'report']).default('events'),
})
const Before = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}$/)
  .transform((text) => {
    const [at = 0, seq = 0] = text.split('.').map(Number)
    return { at: instant(at), seq }
  })
const Paged = Named.extend({ before: Before.optional() })
const Client = z.object({ id: z.string().refine((text) => isId('sub', text)) })

/** Compliance asks the audit log: events, and the report on one client. */
export const auditRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: readsAudit }

    app.get('/audit', { config }, async (request, reply) => {
      const days = daysOf(withinOf({}, world.now()))
      const typed = { client: '', staff: '', case: '', kind: '', ...days }
      return await sendSearch(world, { request, reply }, { typed, problem: null })
    })

    app.post('/audit', { config, schema: { body: Asked } }, async (request, reply) => {
      const { as, from, until, ...named } = request.body
      const within = withinOf({ from, until }, world.now())
      const typed = { ...named, ...daysOf(within) }
      const { client, staff, case: number, kind: of } = named
      const asked = { client, staff, case: number, of, ...within }
      const found = await readLook(world, memberOf(request), asked)
      // Until when to wait stands on a page of its own.
      if (!found.ok && found.until !== undefined) return sendRefusal(reply, found)
      if (!found.ok)
        return await sendSearch(world, { request, reply }, { typed, problem: found.problem })
      const { look } = found
      if (as === 'events') return reply.redirect(`/audit/found?${queryOf(look)}`, 303)
      if (look.subscriberId === null) {
        const problem = 'audit.nothing-named'
        return await sendSearch(world, { request, reply }, { typed, problem })
      }
      const days = new URLSearchParams(daysOf(look)).toString()
      return reply.redirect(`/audit/clients/${look.subscriberId}?${days}`, 303)
    })

    app.get('/audit/found', { config, schema: { querystring: Paged } }, async (request, reply) => {
      const { before = null, ...named } = request.query
      const look = lookOf(world, named)
      const page = await searchAudit(world, memberOf(request), { look, before })
      if (!page.ok) return sendRefusal(reply, page)
      const facts = { ...seenByMember(world, reply), page, query: queryOf(look) }
      return reply.html(eventsPage(reply.page('/audit'), facts))
    })

    app.get(
      '/audit/clients/:id',
      { config, schema: { params: Client, querystring: Days } },
      async (request, reply) => {
        const { id: subscriberId } = request.params
        const within = withinOf(request.query, world.now())
        const report = await reportOn(world, memberOf(request), { subscriberId, ...within })
        if (!report.ok) return sendRefusal(reply, report)
        const query = new URLSearchParams({ client: subscriberId, ...daysOf(within) }).toString()
        const facts = { ...seenByMember(world, reply), report, days: daysOf(within), query }
        return reply.html(reportPage(reply.page('/audit'), facts))
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function sendSearch(
  world: World,
  { reply }: Exchange,
  { typed, problem }: { readonly typed: SearchTyped; readonly problem: Problem | null },
) {
  if (problem) reply.code(PROBLEMS[problem])
  const alarms = await alarmsOf(world)
  const facts = { ...seenByMember(world, reply), typed, problem, alarms }
  return reply.html(searchPage(reply.page('/audit'), facts))
}
