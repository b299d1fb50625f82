import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CONTACT_KINDS } from '#core/contact/address.ts'
import * as said from '#edges/back-office/schemas.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

import { nobody, send } from '#edges/back-office/client.ts'
export const contactRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    for (const kind of CONTACT_KINDS) {
      const set = {
        operationId: `set${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
        summary: `Set the ${kind === 'mobile' ? 'mobile number' : `${kind} address`} of record`,
        description:
          'It is not verified by this. The one before hears of what happens for 30 days more.',
        security,
        params: said.UserName,
        body: z.strictObject({ value: said.CONTACT_VALUES[kind] }),
        response: { 200: said.Subscriber, ...problems },
      }
      const address = `/subscribers/:userName/contacts/${kind}`
      app.put(address, { config, schema: set }, async (request, reply) => {
        const { userName } = request.params
        const found = await findByUserName(world, userName)
        if (!found) return sendRefusal(reply, nobody)
        const { world: held, by } = doingOf(request)
        const about = { subscriberId: found.subscriber.id, kind, by }
        const done = await setContact(held, { ...about, value: request.body.value })
        return done.ok ? await send(world, reply, userName) : refuseDeed(reply, done)
      })
    }
  }
