import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  DOCUMENT_NUMBER_LENGTH_MAX,
  DOCUMENT_TYPES,
  DOCUMENTS_MAX,
  ENTITY_LENGTH_MAX,
} from '#core/subscribers/identity.ts'
import * as said from '#edges/back-office/schemas.ts'
import { nobody, send } from '#edges/back-office/client.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

const documentNumber = z
  .string()
  .min(1)
  .max(DOCUMENT_NUMBER_LENGTH_MAX * 2)
const documentType = z.enum(DOCUMENT_TYPES)

const Identity = z
  .strictObject({
    birthDate: z.iso.date().nullable().describe('`null` where it is not to be recorded'),
    citizenship: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .nullable()
      .default(null)
      .describe('ISO 3166-1, two letters; without it no device is shared with another user name'),
    entity: z
      .string()
      .min(1)
      .max(ENTITY_LENGTH_MAX * 2)
      .nullable()
      .default(null)
      .describe('The company or trust that the client acts for, as you name it in every such case'),
    documents: z
      .array(
        z.union([documentNumber, z.strictObject({ type: documentType, number: documentNumber })]),
      )
      .max(DOCUMENTS_MAX)
      .describe('Passports, identity cards and the like: with a type, or the number alone'),
  })
  .meta({ id: 'Identity' })

/** Who a client is by their papers: it is recorded here and never shown again. */
export const identityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const set = {
      operationId: 'setIdentity',
      summary: 'Record who a client is by their papers',
      description:
        'It takes the place of what was recorded. It is kept sealed, and no answer shows it. ' +
        'No PIN of the client may contain it, and who may share a device follows from it.',
      security,
      params: said.UserName,
      body: Identity,
      response: { 200: said.Subscriber, ...problems },
    }
    app.put('/subscribers/:userName/identity', { config, schema: set }, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { id, userName } = found.subscriber
      const { world: held, by } = doingOf(request)
      const done = await setIdentity(held, { id, facts: request.body, by })
      return done.ok ? await send(world, reply, userName) : refuseDeed(reply, done)
    })
  }
