import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { config, heldBy, problems, security } from '#edges/api/access/bearer.ts'
import { type Login, LoginId } from '#edges/api/schemas.ts'
import { loginOf } from '#edges/api/view.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { type Held, viewLogin, watchLogin } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'

/** A program that waits gets events, and need not poll. */
export const followRoute =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const watch = {
      operationId: 'watchLogin',
      summary: 'Be told when a login changes',
      description:
        'Server-sent events. Each `login` event holds the whole login, as `getLogin` shows it.',
      security,
      params: LoginId,
      produces: ['text/event-stream'],
      response: { 200: z.string().describe('text/event-stream'), ...problems },
    }
    app.get('/logins/:id/events', { config, schema: watch }, async (request, reply) => {
      const held = heldBy(request, request.params.id)
      const view = await viewLogin(world, held)
      if (!view.ok) return sendRefusal(reply, view)
      follow(world, held, { request, reply })
      return reply
    })
  }

/**
 * Sends the login as it is, and again whenever it has changed, until nothing more can happen to it.
 */
function follow(
  world: World,
  held: Held,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const stream = eventStream(request, reply, { key: held.id })
  let sent = ''
  const look = async () => {
    const view = await viewLogin(world, held)
    if (!view.ok) return stream.close()
    const login = loginOf(view, world.settings.issuer)
    const line = JSON.stringify(login)
    if (line !== sent) stream.send('login', line)
    sent = line
    if (OVER.has(login.state)) stream.close()
  }
  const onFailure = (error: unknown) =>
    request.log.error({ name: (error as Error).name }, 'a login could not be shown')
  const lookNow = lookOn(stream, look, onFailure)
  // It subscribes before it reads, so that no change in between is missed.
  stream.onClose(watchLogin(world, held.id, lookNow))
  lookNow()
}

const OVER = new Set<Login['state']>(['completed', 'refused', 'expired'])
