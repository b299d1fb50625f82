import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { worksOnCases } from '#core/desk/deeds.ts'
import type { SharedResult } from '#core/connectivity/share.ts'
import { openResultOnCase } from '#engine/connectivity/share.ts'
import type { World } from '#engine/world.ts'
import { Address, sendCase } from '#edges/desk/cases/case-reply.ts'
import { memberPage } from '#edges/desk/frame/layout.ts'
import { memberOf, type SeenByMember, seenByMember } from '#edges/desk/frame/session.ts'
import { resultPanel } from '#edges/pages/connectivity/result-page.ts'
import { html, type Html } from '#edges/pages/frame/html.ts'
import type { PageContext } from '#edges/pages/frame/site.ts'

const CODE_LENGTH_MAX = 40
const Typed = z.strictObject({ code: z.string().max(CODE_LENGTH_MAX) })

/** The result of a connection test, by the code that the client reads out. */
export const connectivityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/cases/:id/connectivity',
      { config: { roles: worksOnCases }, schema: { params: Address, body: Typed } },
      async (request, reply) => {
        const { id } = request.params
        const asked = { id, typed: request.body.code }
        const opened = await openResultOnCase(world, memberOf(request), asked)
        if (!opened.ok) {
          const shown = { id, done: null, problem: opened.problem }
          return await sendCase(world, { request, reply }, shown)
        }
        if (opened.result === null) reply.code(404)
        const page = reply.page(`/cases/${id}`)
        const facts = { ...seenByMember(world, reply), back: `/cases/${id}` }
        return reply.html(sharedPage(page, facts, opened.result))
      },
    )
  }

function sharedPage(
  context: PageContext,
  facts: SeenByMember & { readonly back: string },
  result: SharedResult | null,
): Html {
  const { text } = context.texts
  const title = text(result ? 'connectivity.title' : 'connectivity.share.none')
  const body = result
    ? resultPanel(context, result)
    : html`<p>${text('connectivity.share.none-lead')}</p>`
  return memberPage(context, facts, {
    title,
    place: 'cases',
    main: html`<h1>${title}</h1>
${body}
<p><a href="${facts.back}">${text('desk.cases.back')}</a></p>`,
  })
}
