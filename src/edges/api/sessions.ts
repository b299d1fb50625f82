import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { bearerSession, config, problems, refuseSession, security } from '#edges/api/bearer.ts'
import { Session } from '#edges/api/schemas.ts'
import { sessionOf } from '#edges/api/view.ts'
import { findIdentity } from '#engine/relying-parties.ts'
import { endSession } from '#engine/session.ts'
import type { World } from '#engine/world.ts'

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
      const identity = session && (await findIdentity(world, session.id))
      return identity ? sessionOf(identity) : refuseSession(reply)
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
