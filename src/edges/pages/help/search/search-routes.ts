import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { WORDS_MAX } from '#core/help/search.ts'
import type { World } from '#engine/world.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { searchHelp } from '#edges/pages/help/search/search.ts'
import { searchPage } from '#edges/pages/help/search/search-page.ts'

/** Longer ones are refused in words; what fits the field is searched for. */
const Query = z.object({ q: z.string().max(WORDS_MAX).default('') })

/** The search of the help: a form that needs no script, and no login. */
export const searchRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const { searches } = metricsOf(world)
    app.get('/help/search', { schema: { querystring: Query } }, async (request, reply) => {
      const words = request.query.q.trim()
      const context = reply.page(
        words === '' ? '/help/search' : `/help/search?q=${encodeURIComponent(words)}`,
      )
      const { language } = context.texts
      const answer = words === '' ? null : searchHelp(language, words)
      if (answer) searches.inc({ language, found: answer.finding })
      return reply.html(searchPage(context, words, answer))
    })
  }
