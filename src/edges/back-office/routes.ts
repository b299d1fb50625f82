import type { FastifyInstance } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { minutes } from '#core/time/time.ts'
import { accountRoutes, newAccountRoutes } from '#edges/back-office/accounts.ts'
import { documentRoutes } from '#edges/back-office/documents.ts'
import { letterRoutes } from '#edges/back-office/letters.ts'
import { ledgerRoutes, orderRoutes } from '#edges/back-office/orders.ts'
import { stockRoutes } from '#edges/back-office/stock.ts'
import { requireBehalf } from '#edges/api/access/behalf.ts'
import { bearer } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  BACK_OFFICE,
  type BackOfficeScope,
  findBackOffice,
  LEDGER,
} from '#engine/sessions/api-clients.ts'
import type { World } from '#engine/world.ts'

import { contactRoutes } from '#edges/back-office/contact.ts'
import { holdRoutes } from '#edges/back-office/holds.ts'
import { identityRoutes } from '#edges/back-office/identity.ts'
import { sharingRoutes } from '#edges/back-office/sharing.ts'
import { submissionRoutes } from '#edges/back-office/submissions.ts'
import { primaryRoutes, subscriberRoutes } from '#edges/back-office/subscribers.ts'
/** A nightly batch of the back office is many requests; a runaway loop is more. */
const PER_PROGRAM = { name: 'back-office', count: 1_200, per: minutes(1) } as const

/**
 * The interface of the back office: it makes clients and accounts and changes them. Every request
 * can be sent twice: the second finds done what the first one did.
 */
export const backOfficeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.decorateRequest('backOffice', null)
    await app.register(async (clients) => {
      admit(world, clients, BACK_OFFICE)
      requireBehalf(world, clients)
      await clients.register(subscriberRoutes(world))
      await clients.register(newAccountRoutes(world))
      await clients.register(primaryRoutes(world))
      await clients.register(contactRoutes(world))
      await clients.register(identityRoutes(world))
      await clients.register(sharingRoutes(world))
      await clients.register(holdRoutes(world))
      await clients.register(accountRoutes(world))
      await clients.register(letterRoutes(world))
      await clients.register(orderRoutes(world))
      await clients.register(stockRoutes(world))
      await clients.register(documentRoutes(world))
      await clients.register(submissionRoutes(world))
    })
    await app.register(async (books) => {
      admit(world, books, LEDGER)
      await books.register(ledgerRoutes(world))
    })
  }

function admit(world: World, app: FastifyInstance, scope: BackOfficeScope): void {
  app.addHook('onRequest', async (request, reply) => {
    const token = bearer(request)
    request.backOffice = token === null ? null : await findBackOffice(world, { token, scope })
    if (request.backOffice === null) {
      reply.header('www-authenticate', `Bearer scope="${scope}"`)
      return sendRefusal(reply, { ok: false, problem: 'session.missing' })
    }
    const taken = await world.limits.take(PER_PROGRAM, request.backOffice)
    if (!taken.ok) return sendRefusal(reply, { ...taken, problem: 'request.too-many-by-program' })
  })
}
