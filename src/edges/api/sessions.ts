import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  bearerSession,
  config,
  problems,
  refuseSession,
  security,
} from '#edges/api/access/bearer.ts'
import { Session } from '#edges/api/schemas.ts'
import { sessionOf as sessionView } from '#edges/api/view.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { endSession, findLiveSession, watchSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'

/** Sends a session as it is, and again whenever it has changed, until it ends. */
function follow(
  world: World,
  { id, subscriberId }: OpenSession,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const stream = eventStream(request, reply, { key: id })
  let sent = ''
  const onFailure = (error: unknown) =>
    request.log.error({ name: (error as Error).name }, 'a session could not be shown')
  const look = async (again: (ms: number) => void) => {
    const session = await findLiveSession(world, id, request.clientAddress)
    if (!session) {
      stream.send('ended')
      return stream.close()
    }
    const line = JSON.stringify({ ...sessionView(session), expiresAt: undefined })
    if (line !== sent) stream.send('session', JSON.stringify(sessionView(session)))
    sent = line
    // A right that ends by itself sends no wake-up.
    const { until } = session.decision
    if (until !== null) again(Math.min(until - world.now(), LOOK_AGAIN_MS))
  }
  const lookNow = lookOn(stream, look, onFailure)
  stream.onClose(watchSession(world, { subscriberId }, lookNow))
  lookNow()
}

/** No timer waits longer; each heartbeat of the stream looks as well. */
const LOOK_AGAIN_MS = 60_000

/** What a login has led to. */
export const sessionRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const get = {
      operationId: 'getSession',
      summary: 'See who is logged in and what they may do',
      security,
      response: { 200: Session, ...problems },
    }
    app.get('/session', { config, schema: get }, async (request, reply) => {
      const session = await bearerSession(world, request)
      return session ? sessionView(session) : refuseSession(reply)
    })

    const watch = {
      operationId: 'watchSession',
      summary: 'Be told when the session ends, or what it may do changes',
      description:
        'Server-sent events. Each `session` event holds the whole session, as `getSession` ' +
        'shows it; `ended` is the last. Listening does not keep a session alive.',
      security,
      produces: ['text/event-stream'],
      response: { 200: z.string().describe('text/event-stream'), ...problems },
    }
    app.get('/session/events', { config, schema: watch }, async (request, reply) => {
      const session = await bearerSession(world, request)
      if (!session) return refuseSession(reply)
      follow(world, session, { request, reply })
      return reply
    })

    const end = {
      operationId: 'endSession',
      summary: 'Log out',
      security,
      response: { 204: z.null().describe('Ended'), ...problems },
    }
    app.delete('/session', { config, schema: end }, async (request, reply) => {
      const session = await bearerSession(world, request)
      if (!session) return refuseSession(reply)
      await endSession(world, session, { id: session.id, by: 'log-out' })
      return reply.code(204).send(null)
    })
  }
