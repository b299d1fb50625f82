import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import * as said from '#edges/back-office/schemas.ts'
import { nobody, send } from '#edges/back-office/client.ts'
import { actorOf, backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/** Who a client is by their papers: it is recorded here and never shown again. */
export const identityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const set = {
      operationId: 'setIdentity',
      summary: 'Record birth date and numbers of papers, which no PIN of the client may contain',
      description:
        'It takes the place of what was recorded. It is kept sealed, and no answer shows it again.',
      security,
      params: said.UserName,
      body: said.Identity,
      response: { 200: said.Subscriber, ...problems },
    }
    app.put('/subscribers/:userName/identity', { config, schema: set }, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { id, userName } = found.subscriber
      const done = await setIdentity(world, { id, facts: request.body, by: actorOf(request) })
      return done.ok ? await send(world, reply, userName) : sendRefusal(reply, done)
    })
  }
