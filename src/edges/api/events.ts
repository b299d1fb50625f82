import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { instant, minutes } from '#core/time/time.ts'
import { bearer, config, platformEvents as security, problems } from '#edges/api/access/bearer.ts'
import { PlatformEvent, TakenEvent } from '#edges/api/schemas.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { takeReport } from '#engine/notices/reports.ts'
import { EVENTS, findReporter } from '#engine/sessions/api-clients.ts'
import type { World } from '#engine/world.ts'

/** The busiest second of a large platform, for a minute. */
const PER_PLATFORM = { name: 'events', count: 12_000, per: minutes(1) } as const

const isoOf = (at: number): string => new Date(at).toISOString()

/** What platforms have done for clients, of which these are told (R131). */
export const eventRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const report = {
      operationId: 'reportEvent',
      summary: 'Report a trade or a transfer, so that its client is told of it',
      description:
        'The same event can be sent twice: the second time changes nothing. Another one under ' +
        'its id is refused (`event.conflict`), and so is one that is older than seven days.',
      security,
      body: PlatformEvent,
      response: { 200: TakenEvent, ...problems },
    }
    app.post('/events', { config, schema: report }, async (request, reply) => {
      const token = bearer(request)
      const platform = token === null ? null : await findReporter(world, token)
      if (platform === null) {
        reply.header('www-authenticate', `Bearer scope="${EVENTS}"`)
        return sendRefusal(reply, { ok: false, problem: 'session.missing' })
      }
      const passed = await world.limits.take(PER_PLATFORM, platform)
      if (!passed.ok)
        return sendRefusal(reply, { ...passed, problem: 'request.too-many-by-program' })
      const { id, at, account, session, ...what } = request.body
      const reporting = { platform, event: id, at: instant(Date.parse(at)), account, session, what }
      const taken = await takeReport(world, reporting)
      if (!taken.ok) return sendRefusal(reply, taken)
      const { event, reportedAt } = taken.report
      return { id: event, reportedAt: isoOf(reportedAt), isNew: taken.isNew }
    })
  }
