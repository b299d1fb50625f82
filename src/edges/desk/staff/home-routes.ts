import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { requestsFor, secondNews } from '#engine/desk/cases/second-person.ts'
import { passkeysOf } from '#engine/desk/passkeys.ts'
import { watchMember } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { memberOf, memberSessionOf, seenByMember } from '#edges/desk/frame/session.ts'
import { homePage } from '#edges/desk/staff/home-page.ts'

const Done = z.object({ done: z.enum(['agreed', 'refused']).optional().catch(undefined) })

/** Where a member begins, and what tells their pages that the session has ended. */
export const homeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/', { schema: { querystring: Done } }, async (request, reply) => {
      const open = memberOf(request)
      const passkeys = (await passkeysOf(world, open.member)).length
      const requests = await requestsFor(world, open)
      const { done = null } = request.query
      const facts = { ...seenByMember(world, reply), passkeys, requests, done }
      return reply.html(homePage(reply.page('/'), facts))
    })

    app.get('/session/events', { config: { isWaiting: true } }, async (request, reply) =>
      streamSession(world, request, reply),
    )
  }

/** Without a hint from another node a page looks by itself, so that it is gone within a second. */
const LOOK_MS = 1_000

/**
 *   ended    the session is over: the page must not be visible any more
 *   changed  the member has another role
 *   news     the member is asked something, or is answered
 */
function streamSession(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { member, session } = memberOf(request)
  const stream = eventStream(request, reply, { key: session.id })
  let known: string | null = null
  const look = async () => {
    const now = await memberSessionOf(world, request)
    if (now?.member.role !== member.role) {
      stream.send(now ? 'changed' : 'ended')
      stream.close()
      return
    }
    const news = await secondNews(world, now)
    if (known !== null && known !== news) stream.send('news')
    known = news
  }
  const lookSafely = () => void look().catch(() => stream.close())
  const timer = setInterval(lookSafely, LOOK_MS)
  timer.unref()
  stream.onClose(() => clearInterval(timer))
  stream.onClose(watchMember(world, member.id, lookSafely))
  lookSafely()
  return reply
}
