import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { type Asset, packed, sendAsset } from '#edges/http/assets.ts'
import { keptHelp } from '#edges/pages/help/offline/kept-help.ts'
import { pageContext } from '#edges/pages/frame/site.ts'

const Kept = z.object({ language: z.enum(LANGUAGES) })

/** The whole help in one language, for the phone to keep: it needs no session and no key. */
export const keptRoutes: FastifyPluginAsyncZod = async (app) => {
  const made = new Map<Language, Asset>()
  app.get('/phone/help/:language', { schema: { params: Kept } }, (request, reply) => {
    const { language } = request.params
    const known = made.get(language)
    const context = pageContext(app.site, language, '/help')
    const kept = known ?? packed('application/json', JSON.stringify(keptHelp(context)))
    made.set(language, kept)
    // Asked for at each start of the app: what has not changed is not sent again.
    reply.header('cache-control', 'no-cache')
    return sendAsset(request, reply, kept)
  })
}
