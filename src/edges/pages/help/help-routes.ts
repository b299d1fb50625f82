import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { World } from '#engine/world.ts'
import { sendAsset } from '#edges/http/assets.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { pictureAt } from '#edges/pages/help/help-articles.ts'
import { isGuide } from '#edges/pages/help/guides.ts'
import { articlePage, helpPage } from '#edges/pages/help/help-page.ts'
import { ANSWERS, countHelped, helpedToken, isFromOutcome } from '#edges/pages/help/helped.ts'
import { questionPage } from '#edges/pages/help/question-page.ts'
import { QUESTIONS } from '#edges/pages/help/questions.ts'

/** An hour: a picture that was taken anew is seen soon. */
const PICTURE_KEPT = 'public, max-age=3600'

const Asked = z.object({ question: z.string() })
const Helped = z.object({ helped: z.enum(ANSWERS).nullable().default(null).catch(null) })
/** Where it comes from is judged before what it says. */
const Saying = z.object({
  form: z.string().max(100).catch(''),
  helped: z.enum(ANSWERS).nullable().catch(null),
})

export const helpRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/help', async (_request, reply) => reply.html(helpPage(reply.page('/help'))))
    app.get('/help/:guide', async (request, reply) => {
      const { guide } = request.params as { readonly guide: string }
      if (!isGuide(guide)) return reply.callNotFound()
      return reply.html(articlePage(reply.page(`/help/${guide}`), guide))
    })

    const about = '/help/questions/:question'
    const shown = { schema: { params: Asked, querystring: Helped } }
    app.get(about, shown, async (request, reply) => {
      const { question: name } = request.params
      const asked = QUESTIONS.get(name)
      if (!asked) return reply.callNotFound()
      const { helped } = request.query
      const token = helpedToken(world, reply, name)
      const page = reply.page(`/help/questions/${name}${helped ? `?helped=${helped}` : ''}`)
      return reply.html(questionPage(page, { name, asked, helped, token }))
    })

    // No cookie: its token is that of the outcome, and the origin is looked at as everywhere.
    const said = {
      config: { ownFormToken: true },
      schema: { params: Asked, body: Saying },
    } as const
    app.post(about, said, async (request, reply) => {
      const { question: name } = request.params
      const { form: token, helped: solved } = request.body
      if (!isFromOutcome(world, request, { name, token })) {
        request.wayOut = QUESTIONS.has(name) ? `/help/questions/${name}` : null
        return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
      }
      if (solved === null) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
      await countHelped(world, request, { name, solved })
      return reply.redirect(`/help/questions/${name}?helped=${solved}`, 303)
    })

    app.get('/help/pictures/*', { logLevel: 'silent' }, (request, reply) => {
      const found = pictureAt(request.url.split('?', 1)[0] ?? '')
      if (!found) return reply.callNotFound()
      reply.header('cache-control', PICTURE_KEPT)
      return sendAsset(request, reply, found)
    })
  }
