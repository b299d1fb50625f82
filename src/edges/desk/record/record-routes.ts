import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { worksOnCases } from '#core/desk/deeds.ts'
import { viewRecord } from '#engine/desk/record/record.ts'
import type { World } from '#engine/world.ts'
import { Address } from '#edges/desk/cases/case-reply.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { recordPage } from '#edges/desk/record/record-page.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { sendRefusal } from '#edges/http/problems.ts'

/** What is on record of a client in a call. A look of the head alone would show nothing. */
export const recordRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const options = {
      config: { roles: worksOnCases },
      schema: { params: Address },
      exposeHeadRoute: false,
    }
    app.get('/cases/:id/record', options, async (request, reply) => {
      const { id } = request.params
      const view = await viewRecord(world, memberOf(request), id)
      if (!view.ok) return sendRefusal(reply, view)
      const page = reply.page(`/cases/${id}/record`)
      const nameOf = (platform: string) => platformName(world, platform, page.texts.language)
      const facts = { ...seenByMember(world, reply), view, platformName: nameOf }
      return reply.html(recordPage(page, facts))
    })
  }
