import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import * as said from '#edges/back-office/schemas.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { isHoldOn, liftHold, tryToStartHold } from '#engine/subscribers/accounts.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

import { nobody } from '#edges/back-office/client.ts'
export const holdRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const start = {
      operationId: 'startHold',
      summary: 'Take rights away for a while',
      description: 'Open sessions lose them at once. It ends by itself.',
      security,
      params: said.UserName,
      body: said.StartHold,
      response: { 201: said.Held, ...problems },
    }
    app.post('/subscribers/:userName/holds', { config, schema: start }, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { kind, forbids, until: text } = request.body
      const until = instant(Date.parse(text))
      if (until <= world.now())
        return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
      const hold = { kind, forbids, until, subscriberId: found.subscriber.id }
      const { world: held, by } = doingOf(request)
      const id = await tryToStartHold(held, { ...hold, by })
      if (typeof id !== 'string') return refuseDeed(reply, id)
      reply.code(201)
      return { id }
    })

    const lift = {
      operationId: 'liftHold',
      summary: 'Give the rights back before their time',
      security,
      params: said.HoldId,
      response: { 204: z.null().describe('Lifted, or over already'), ...problems },
    }
    app.delete(
      '/subscribers/:userName/holds/:id',
      { config, schema: lift },
      async (request, reply) => {
        const { userName, id } = request.params
        const found = await findByUserName(world, userName)
        if (!found || !isId('hld', id)) return sendRefusal(reply, nobody)
        const { id: subscriberId } = found.subscriber
        const { world: held, by } = doingOf(request)
        const isLifted = await liftHold(held, { subscriberId, id, by })
        return !isLifted && (await isHoldOn(world, { subscriberId, id }))
          ? refuseDeed(reply, { ok: false, problem: 'account.conflict' })
          : reply.code(204).send(null)
      },
    )
  }
