import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isAgentId } from '#core/agent.ts'
import { isKind } from '#core/audit/audit.ts'
import type { AuditLook } from '#core/audit/look.ts'
import { readsAudit } from '#core/desk/role.ts'
import { isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { exportAudit, readLook, searchAudit } from '#engine/desk/compliance/look.ts'
import { reportOn } from '#engine/desk/compliance/report.ts'
import type { World } from '#engine/world.ts'
import { Days, daysOf, withinOf } from '#edges/desk/compliance/days.ts'
import { type Format, FORMATS, WRITINGS } from '#edges/desk/compliance/formats.ts'
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
/** An address holds ids, and no name of a client. */
const Named = Days.extend({
  client: z
    .string()
    .refine((text) => isId('sub', text))
    .optional(),
  staff: z.string().refine(isAgentId).optional(),
  case: z
    .string()
    .refine((text) => isId('cas', text))
    .optional(),
  kind: z.string().refine(isKind).optional(),
})
const Before = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}$/)
  .transform((text) => {
    const [at = 0, seq = 0] = text.split('.').map(Number)
    return { at: instant(at), seq }
  })
const Paged = Named.extend({ before: Before.optional() })
const Exported = z.object({ format: z.enum(FORMATS) })
const Client = z.object({ id: z.string().refine((text) => isId('sub', text)) })

/** Compliance asks the audit log: events, an export, and the report on one client. */
export const auditRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: readsAudit }

    app.get('/audit', { config }, async (request, reply) => {
      const days = daysOf(withinOf({}, world.now()))
      const typed = { client: '', staff: '', case: '', kind: '', ...days }
      return sendSearch(world, { request, reply }, { typed, problem: null })
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
      if (!found.ok) return sendSearch(world, { request, reply }, { typed, problem: found.problem })
      const { look } = found
      if (as === 'events') return reply.redirect(`/audit/found?${queryOf(look)}`, 303)
      if (look.subscriberId === null) {
        const problem = 'audit.nothing-named'
        return sendSearch(world, { request, reply }, { typed, problem })
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
      '/audit/export/:format',
      { config, schema: { params: Exported, querystring: Named } },
      async (request, reply) => {
        const { format } = request.params
        return await sendExport(world, { request, reply }, { format, named: request.query })
      },
    )

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

function sendSearch(
  world: World,
  { reply }: Exchange,
  { typed, problem }: { readonly typed: SearchTyped; readonly problem: Problem | null },
) {
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), typed, problem }
  return reply.html(searchPage(reply.page('/audit'), facts))
}

interface Exporting {
  readonly format: Format
  readonly named: z.infer<typeof Named>
}

/** All of it, as it is read. */
async function sendExport(world: World, exchange: Exchange, { format, named }: Exporting) {
  const { request, reply } = exchange
  const look = lookOf(world, named)
  const done = await exportAudit(world, memberOf(request), look)
  if (!done.ok) return sendRefusal(reply, done)
  const { type, head, line } = WRITINGS[format]
  const { from, until } = daysOf(look)
  const written = async function* () {
    if (head !== '') yield head
    for await (const batch of done.batches) yield batch.map(line).join('')
  }
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename="audit-${from}-${until}.${format}"`)
    .send(Readable.from(written()))
}

const lookOf = (
  world: World,
  { client, staff, case: caseId, kind, ...typed }: z.infer<typeof Named>,
): AuditLook => ({
  subscriberId: client ?? null,
  agentId: staff ?? null,
  caseId: caseId ?? null,
  of: kind ?? null,
  ...withinOf(typed, world.now()),
})

/** As `Named` reads it. */
function queryOf(look: AuditLook): string {
  const { subscriberId, agentId, caseId, of } = look
  return new URLSearchParams({
    ...(subscriberId && { client: subscriberId }),
    ...(agentId && { staff: agentId }),
    ...(caseId && { case: caseId }),
    ...(of && { kind: of }),
    ...daysOf(look),
  }).toString()
}
