import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { bearer, config, problems, refuseSession, security } from '#edges/api/access/bearer.ts'
import { GatewayTicket } from '#edges/api/schemas.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { makeTicket } from '#engine/sessions/gateway.ts'
import type { World } from '#engine/world.ts'

/** How a page in a browser comes in at the gateway, without the token of its platform (R158). */
export const gatewayRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const ticket = {
      operationId: 'makeGatewayTicket',
      summary: 'Get a ticket for the gateway, for a page of the client',
      description:
        'The token is that of a session, or the access token of a trading platform. A page sends ' +
        'the ticket as the first message at `/stream` of the gateway: `{"ticket":"…"}`. It is ' +
        'used once, within 30 seconds.',
      security,
      response: { 200: GatewayTicket, ...problems },
    }
    app.post('/gateway/tickets', { config, schema: ticket }, async (request, reply) => {
      const token = bearer(request)
      const made = token === null ? null : await makeTicket(world, token)
      if (!made || (!made.ok && made.problem === 'session.missing')) return refuseSession(reply)
      if (!made.ok) return sendRefusal(reply, made)
      return { ticket: made.ticket, expiresAt: new Date(made.expiresAt).toISOString() }
    })
  }
