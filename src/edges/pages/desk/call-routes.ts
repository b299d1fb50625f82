import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ongoingCall } from '#engine/desk/ongoing-call.ts'
import { findLiveSession, watchSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { CALL_EVENTS, callWords } from '#edges/pages/desk/call-notice.ts'
import { openSession, requireSession } from '#edges/pages/sessions/require-session.ts'

/** What tells a page of the portal that one of us talks to its client, or does not any more. */
export const callRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    app.get(
      CALL_EVENTS,
      { config: { isWaiting: true }, exposeHeadRoute: false },
      async (request, reply) => streamCall(world, request, reply),
    )
  }

/**
 *   call   who talks to the client now, in the words that the page shows
 *   ended  the session is over, and nothing more is told
 */
function streamCall(world: World, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { id, subscriberId } = openSession(request)
  const page = reply.page(CALL_EVENTS)
  const stream = eventStream(request, reply, { key: `call ${id}` })
  let told = ''
  const lookNow = lookOn(stream, async (again) => {
    // Listening keeps no session alive.
    const session = await findLiveSession(world, id)
    if (session?.decision.rights.portal !== 'full') {
      stream.send('ended')
      return stream.close()
    }
    const call = await ongoingCall(world, subscriberId)
    const words = callWords(page, call)
    if (words !== told) stream.send('call', { words, isOn: call !== null })
    told = words
    // What is over by itself sends no wake-up.
    if (call !== null) again(call.until - world.now())
  })
  stream.onClose(watchSession(world, { subscriberId }, lookNow))
  lookNow()
  return reply
}
