import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { worksOnCases } from '#core/desk/deeds.ts'
import { type CaseId, type ContactId, isId, type SecondRequestId } from '#core/ids.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import { actOnCase, touchOf } from '#engine/desk/cases/deeds.ts'
import type { Acting } from '#engine/desk/cases/permit.ts'
import { askSecond } from '#engine/desk/cases/second-person.ts'
import { type CaseView, type SeenContact, viewCase } from '#engine/desk/cases/view.ts'
import { askTouch } from '#engine/desk/touch.ts'
import { refusal, type World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { type Exchange, moveOn } from '#edges/desk/cases/case-reply.ts'
import { unmaskPage } from '#edges/desk/cases/unmask-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'

const Address = z.object({
  id: z.string().refine((text) => isId('cas', text)),
  contact: z.string().refine((text) => isId('con', text)),
})
const Request = z.string().refine((text) => isId('sec', text))
const REASON_READ_MAX = 12_000
const Reason = z.string().max(REASON_READ_MAX)
const Agreed = z.object({ request: Request.optional() })
const Touched = z
  .strictObject(TOUCH_FIELDS)
  .extend({ request: Request.optional(), reason: Reason.default('') })
const Asked = z.strictObject({ reason: Reason })

/** One hidden field of a client is shown to the agent, for a reason that is kept. */
export const unmaskRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: worksOnCases }
    const at = '/cases/:id/contacts/:contact'

    app.get(
      at,
      { config, schema: { params: Address, querystring: Agreed } },
      async (request, reply) => {
        const shown = { ...request.params, request: request.query.request }
        return await sendField(world, { request, reply }, { ...shown, reason: '', problem: null })
      },
    )

    app.post(at, { config, schema: { params: Address, body: Touched } }, async (request, reply) => {
      const { answer, sealed, reason, request: agreed } = request.body
      const about = { ...request.params, request: agreed, reason }
      const found = await findField(world, request, about)
      if (!found.ok) return sendRefusal(reply, found)
      const touch = touchIn({ answer, sealed })
      const done = await actOnCase(world, memberOf(request), { ...found.acting, touch })
      if (done.ok) return reply.redirect(`/cases/${about.id}?done=unmasked`, 303)
      return await sendField(world, { request, reply }, { ...about, problem: done.problem })
    })

    app.post(
      `${at}/second`,
      { config, schema: { params: Address, body: Asked } },
      async (request, reply) => {
        const about = { ...request.params, reason: request.body.reason }
        const found = await findField(world, request, about)
        if (!found.ok) return sendRefusal(reply, found)
        const { reason } = about
        const outcome = await askSecond(world, memberOf(request), { ...found.acting, reason })
        if (outcome.ok) {
          return await moveOn(world, { request, reply }, { id: about.id, done: 'asked', outcome })
        }
        return await sendField(world, { request, reply }, { ...about, problem: outcome.problem })
      },
    )
  }

interface About {
  readonly id: CaseId
  readonly contact: ContactId
  /** What a second person has agreed to. */
  readonly request?: SecondRequestId | undefined
  readonly reason: string
}

interface FoundField {
  readonly ok: true
  readonly view: CaseView
  readonly contact: SeenContact
  readonly acting: Acting
}

/** The field on the case; one of another client is none. */
async function findField(
  world: World,
  request: Exchange['request'],
  { id, contact: contactId, request: requestId, reason }: About,
): Promise<FoundField | Refusal> {
  const view = await viewCase(world, memberOf(request), id)
  if (!view.ok) return view
  const contact = view.client.contacts.find((one) => one.id === contactId)
  if (!contact) return refusal('desk.nothing-to-do')
  const asked = { deed: 'unmask', contactId, field: contact.kind } as const
  const acting = { caseId: id, warrantId: null, requestId, asked, reason }
  return { ok: true, view, contact, acting }
}

/** The page that asks why, and on which a touch shows it. */
async function sendField(
  world: World,
  { request, reply }: Exchange,
  { problem, ...about }: About & { readonly problem: Problem | null },
) {
  const found = await findField(world, request, about)
  if (!found.ok) return sendRefusal(reply, found)
  const { view, contact, acting } = found
  if (problem) reply.code(PROBLEMS[problem])
  return reply.html(
    unmaskPage(reply.page(`/cases/${about.id}`), {
      ...seenByMember(world, reply),
      view,
      contact,
      reason: about.reason,
      request: about.request ?? null,
      touch: await askTouch(world, memberOf(request), touchOf(acting)),
      problem,
    }),
  )
}
