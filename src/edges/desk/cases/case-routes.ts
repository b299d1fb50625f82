import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CASE_REASONS } from '#core/desk/case.ts'
import { SEARCHES } from '#core/desk/case-events.ts'
import { worksOnCases } from '#core/desk/deeds.ts'
import { PRESSURES } from '#core/desk/verification.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { closeCase, noteCase, notePressure, openCase } from '#engine/desk/cases/cases.ts'
import { isCaseOver, openCasesOf, watchCase } from '#engine/desk/cases/view.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { Address, DONE, type Exchange, moveOn, sendCase } from '#edges/desk/cases/case-reply.ts'
import { findPage, type FindTyped } from '#edges/desk/cases/find-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'

const Done = z.object({
  done: z.enum(DONE).optional().catch(undefined),
  /** What the caller has said, whose answer is shown. */
  said: z.enum(PRESSURES).optional().catch(undefined),
})
const Pressed = z.strictObject({ said: z.enum(PRESSURES) })
const TYPED_LENGTH_MAX = 200
const Found = z.strictObject({
  by: z.enum(SEARCHES),
  typed: z.string().max(TYPED_LENGTH_MAX),
  reason: z.enum(CASE_REASONS),
})
const NOTE_READ_MAX = 12_000
const Noted = z.strictObject({ note: z.string().max(NOTE_READ_MAX) })
const Empty = z.strictObject({})

const NOTHING_TYPED: FindTyped = { by: 'user-name', typed: '', reason: 'cannot-log-in' }

/** Calls: a client is found, and the agent writes down what was said. */
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
        const { done = null, said = null } = request.query
        const shown = { id: request.params.id, done, said, problem: null }
        return await sendCase(world, { request, reply }, shown)
      },
    )

    app.get(
      '/cases/:id/events',
      { config: { ...config, isWaiting: true }, schema: at },
      async (request, reply) => {
        const { id } = request.params
        const isOver = async () => await isCaseOver(world, memberOf(request), id)
        const watch = (listener: () => void) => watchCase(world, id, listener)
        return streamSession(world, { request, reply }, { isOver, watch })
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
      '/cases/:id/pressed',
      { config, schema: { ...at, body: Pressed } },
      async (request, reply) => {
        const { id } = request.params
        const { said } = request.body
        const noted = await notePressure(world, memberOf(request), { id, pressure: said })
        if (noted.ok) return reply.redirect(`/cases/${id}?said=${said}`, 303)
        return await moveOn(world, { request, reply }, { id, done: null, outcome: noted })
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
