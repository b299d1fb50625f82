import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CASE_REASONS } from '#core/desk/case.ts'
import { SEARCHES } from '#core/desk/case-events.ts'
import { CLASSES, worksOnCases } from '#core/desk/deeds.ts'
import { PROOF_WAYS } from '#core/desk/verification.ts'
import { type CaseId, isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { closeCase, noteCase, openCase } from '#engine/desk/cases/cases.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { askSecond } from '#engine/desk/cases/second-person.ts'
import { isProofOver, openCasesOf, viewCase, watchCase } from '#engine/desk/cases/view.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { casePage } from '#edges/desk/cases/case-page.ts'
import { ABOUT, actingOf, Address as DeedAddress } from '#edges/desk/cases/deed-routes.ts'
import { findPage, type FindTyped } from '#edges/desk/cases/find-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'

const DONE = ['proven', 'noted', 'acted', 'asked'] as const
const Done = z.object({ done: z.enum(DONE).optional().catch(undefined) })
const Address = z.object({ id: z.string().refine((text) => isId('cas', text)) })
const TYPED_LENGTH_MAX = 200
const ProofAddress = z.object({
  id: z.string().refine((text) => isId('cas', text)),
  proof: z.string().refine((text) => isId('vrf', text)),
})
const Found = z.strictObject({
  by: z.enum(SEARCHES),
  typed: z.string().max(TYPED_LENGTH_MAX),
  reason: z.enum(CASE_REASONS),
})
const Asked = z.strictObject({
  device: z.string().refine((text) => isId('aut', text)),
  of: z.enum(CLASSES),
  /** Which button was pressed. */
  way: z.enum(PROOF_WAYS).default('response'),
})
const Answered = z.strictObject({
  proof: z.string().refine((text) => isId('vrf', text)),
  response: z.string().max(TYPED_LENGTH_MAX),
})
const NOTE_READ_MAX = 12_000
const Noted = z.strictObject({ note: z.string().max(NOTE_READ_MAX) })
const Second = z.strictObject(ABOUT).extend({ reason: z.string().max(NOTE_READ_MAX) })
const Empty = z.strictObject({})

const NOTHING_TYPED: FindTyped = { by: 'user-name', typed: '', reason: 'cannot-log-in' }

/** Calls: a client is found, proves who they are, and the agent writes down what was said. */
export const caseRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: worksOnCases }
    const at = { params: Address }

    app.get('/cases', { config }, async (request, reply) =>
      sendFind(world, { request, reply }, { typed: NOTHING_TYPED, problem: null }),
    )

    app.post('/cases', { config, schema: { body: Found } }, async (request, reply) => {
      const opened = await openCase(world, memberOf(request), request.body)
      if (opened.ok) return reply.redirect(`/cases/${opened.case.id}`, 303)
      const found = { typed: request.body, problem: opened.problem }
      return await sendFind(world, { request, reply }, found)
    })

    app.get(
      '/cases/:id',
      { config, schema: { ...at, querystring: Done } },
      async (request, reply) => {
        const { done = null } = request.query
        const shown = { id: request.params.id, done, problem: null }
        return await sendCase(world, { request, reply }, shown)
      },
    )

    app.post(
      '/cases/:id/ask',
      { config, schema: { ...at, body: Asked } },
      async (request, reply) => {
        const { id } = request.params
        const { device: authenticatorId, of, way } = request.body
        const asking = { caseId: id, authenticatorId, of, way }
        const begun = await beginProof(world, memberOf(request), asking)
        return await moveOn(world, { request, reply }, { id, done: null, outcome: begun })
      },
    )

    app.get(
      '/cases/:id/proofs/:proof/events',
      { config: { ...config, isWaiting: true }, schema: { params: ProofAddress } },
      async (request, reply) => {
        const { id: caseId, proof: id } = request.params
        const isOver = async () => await isProofOver(world, memberOf(request), { caseId, id })
        const watch = (listener: () => void) => watchCase(world, caseId, listener)
        return streamSession(world, { request, reply }, { isOver, watch })
      },
    )

    app.post(
      '/cases/:id/answer',
      { config, schema: { ...at, body: Answered } },
      async (request, reply) => {
        const { id } = request.params
        const { proof, response } = request.body
        const answering = { caseId: id, id: proof, response }
        const outcome = await answerProof(world, memberOf(request), answering)
        return await moveOn(world, { request, reply }, { id, done: 'proven', outcome })
      },
    )

    app.post(
      '/cases/:id/second/:deed',
      { config, schema: { params: DeedAddress, body: Second } },
      async (request, reply) => {
        const { id, deed } = request.params
        const { reason, ...about } = request.body
        const acting = actingOf({ id, deed, ...about })
        if (!acting) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
        const outcome = await askSecond(world, memberOf(request), { ...acting, reason })
        return await moveOn(world, { request, reply }, { id, done: 'asked', outcome })
      },
    )

    app.post(
      '/cases/:id/note',
      { config, schema: { ...at, body: Noted } },
      async (request, reply) => {
        const { id } = request.params
        const typed = request.body.note
        const outcome = await noteCase(world, memberOf(request), { id, typed })
        return await moveOn(world, { request, reply }, { id, done: 'noted', outcome })
      },
    )

    app.post(
      '/cases/:id/close',
      { config, schema: { ...at, body: Empty } },
      async (request, reply) => {
        const done = await closeCase(world, memberOf(request), request.params.id)
        return done.ok ? reply.redirect('/cases', 303) : sendRefusal(reply, done)
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function sendFind(
  world: World,
  { request, reply }: Exchange,
  { typed, problem }: { readonly typed: FindTyped; readonly problem: Problem | null },
) {
  if (problem) reply.code(PROBLEMS[problem])
  const cases = await openCasesOf(world, memberOf(request))
  const facts = { ...seenByMember(world, reply), typed, problem, cases }
  return reply.html(findPage(reply.page('/cases'), facts))
}

interface Shown {
  readonly id: CaseId
  readonly done: string | null
  readonly problem: Problem | null
}

async function sendCase(world: World, { request, reply }: Exchange, { id, done, problem }: Shown) {
  const view = await viewCase(world, memberOf(request), id)
  if (!view.ok) return sendRefusal(reply, view)
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), view, done, problem }
  return reply.html(casePage(reply.page(`/cases/${id}`), facts))
}

/** Back to the case, or the case with what stands in the way. */
async function moveOn(
  world: World,
  exchange: Exchange,
  {
    id,
    done,
    outcome,
  }: {
    readonly id: CaseId
    readonly done: (typeof DONE)[number] | null
    readonly outcome: { readonly ok: true } | { readonly ok: false; readonly problem: Problem }
  },
) {
  if (!outcome.ok) {
    return await sendCase(world, exchange, { id, done: null, problem: outcome.problem })
  }
  const said = done === null ? '' : `?done=${done}`
  return exchange.reply.redirect(`/cases/${id}${said}`, 303)
}
