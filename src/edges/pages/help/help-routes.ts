import type { FastifyInstance } from 'fastify'
import { sendAsset } from '#edges/http/assets.ts'
import { pictureAt } from '#edges/pages/help/help-articles.ts'
import { isGuide } from '#edges/pages/help/guides.ts'
import { articlePage, helpPage } from '#edges/pages/help/help-page.ts'
import { questionPage } from '#edges/pages/help/question-page.ts'
import { QUESTIONS } from '#edges/pages/help/questions.ts'

/** An hour: a picture that was taken anew is seen soon. */
const PICTURE_KEPT = 'public, max-age=3600'

export function helpRoutes(app: FastifyInstance): void {
  app.get('/help', async (_request, reply) => reply.html(helpPage(reply.page('/help'))))
  app.get('/help/:guide', async (request, reply) => {
    const { guide } = request.params as { readonly guide: string }
    if (!isGuide(guide)) return reply.callNotFound()
    return reply.html(articlePage(reply.page(`/help/${guide}`), guide))
  })
  app.get('/help/questions/:question', async (request, reply) => {
    const { question: name } = request.params as { readonly question: string }
    const asked = QUESTIONS.get(name)
    if (!asked) return reply.callNotFound()
    return reply.html(questionPage(reply.page(`/help/questions/${name}`), name, asked))
  })
  app.get('/help/pictures/*', { logLevel: 'silent' }, (request, reply) => {
    const found = pictureAt(request.url.split('?', 1)[0] ?? '')
    if (!found) return reply.callNotFound()
    reply.header('cache-control', PICTURE_KEPT)
    return sendAsset(request, reply, found)
  })
}
