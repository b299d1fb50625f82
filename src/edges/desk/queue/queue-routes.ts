import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { worksOnCases } from '#core/desk/deeds.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  askCallBack,
  endCallBack,
  queueFor,
  queueState,
  takeCallBack,
  watchQueue,
} from '#engine/desk/queue/call-backs.ts'
import type { World } from '#engine/world.ts'
import { Address, type Exchange, moveOn } from '#edges/desk/cases/case-reply.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { streamSession } from '#edges/desk/frame/session-stream.ts'
import { ENDED, type Ended, queuePage } from '#edges/desk/queue/queue-page.ts'

const One = z.object({ id: z.string().max(40) })
const Ending = One.extend({ as: z.enum(ENDED) })
const Just = z.object({ done: z.enum(ENDED).optional().catch(undefined) })
const Seen = z.object({ seen: z.string().max(64).optional().catch(undefined) })
const Empty = z.strictObject({})

/** Who is to be called back. */
export const queueRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: worksOnCases }

    app.get('/call-backs', { config, schema: { querystring: Just } }, async (request, reply) => {
      const { done: ended = null } = request.query
      return await sendQueue(world, { request, reply }, { problem: null, ended })
    })

    app.get(
      '/call-backs/events',
      { config: { ...config, isWaiting: true }, schema: { querystring: Seen } },
      async (request, reply) => {
        const { seen = '' } = request.query
        const isOver = async () => (await stateOf(world)) !== seen
        const watch = (listener: () => void) => watchQueue(world, listener)
        return streamSession(world, { request, reply }, { isOver, watch })
      },
    )

    app.post(
      '/cases/:id/call-backs',
      { config, schema: { params: Address, body: Empty } },
      async (request, reply) => {
        const { id } = request.params
        const outcome = await askCallBack(world, memberOf(request), id)
        return await moveOn(world, { request, reply }, { id, done: 'queued', outcome })
      },
    )

    app.post(
      '/call-backs/:id/take',
      { config, schema: { params: One, body: Empty } },
      async (request, reply) => {
        const taken = await takeCallBack(world, memberOf(request), request.params.id)
        if (taken.ok) return reply.redirect(`/cases/${taken.case.id}`, 303)
        return await sendQueue(world, { request, reply }, { problem: taken.problem })
      },
    )

    app.post(
      '/call-backs/:id/:as',
      { config, schema: { params: Ending, body: Empty } },
      async (request, reply) => {
        const { as } = request.params
        const ended = await endCallBack(world, memberOf(request), request.params)
        if (ended.ok) return reply.redirect(`/call-backs?done=${as}`, 303)
        return await sendQueue(world, { request, reply }, { problem: ended.problem })
      },
    )
  }

interface Told {
  readonly problem: Problem | null
  readonly ended?: Ended | null
}

async function sendQueue(
  world: World,
  { request, reply }: Exchange,
  { problem, ended = null }: Told,
) {
  if (problem) reply.code(PROBLEMS[problem])
  const state = await stateOf(world)
  const queue = await queueFor(world, memberOf(request))
  const facts = { ...seenByMember(world, reply), queue, state, problem, ended }
  return reply.html(queuePage(reply.page('/call-backs'), facts))
}

const stateOf = async (world: World): Promise<string> =>
  createHash('sha256')
    .update(await queueState(world))
    .digest('base64url')
