import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FINDINGS } from '#core/help/search.ts'
import { LANGUAGES } from '#core/subscribers/account.ts'
import { SEARCHED, takeGuess } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'
import { metricsOf } from '#edges/http/metrics.ts'

/** No word of it: only whether something was found. */
const Searched = z.strictObject({ language: z.enum(LANGUAGES), found: z.enum(FINDINGS) })

/** A search of the help on a phone is counted like one on the page. */
export const helpRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const counted = { config: { cookieless: true }, schema: { body: Searched } }
    app.post('/searched', counted, async (request, reply) => {
      const { language, found } = request.body
      const source = { address: request.clientAddress, nameKey: '' }
      if (!(await takeGuess(world, source, SEARCHED)))
        metricsOf(world).searches.inc({ language, found })
      return reply.send({})
    })
  }
