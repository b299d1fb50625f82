import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CONTACT_KINDS } from '#core/contact/address.ts'
import { isId } from '#core/ids.ts'
import { instant, minutes } from '#core/time/time.ts'
import { accountRoutes } from '#edges/api/back-office-accounts.ts'
import { letterRoutes } from '#edges/api/back-office-letters.ts'
import { orderRoutes } from '#edges/api/back-office-orders.ts'
import * as said from '#edges/api/back-office-schemas.ts'
import { accountView, subscriberView } from '#edges/api/back-office-view.ts'
import { actorOf, backOffice as security, bearer, config, problems } from '#edges/api/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { createAccount, liftHold, startHold } from '#engine/subscribers/accounts.ts'
import { BACK_OFFICE, findBackOffice } from '#engine/sessions/api-clients.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import {
  createSubscriberWithPassword,
  findByUserName,
  setLanguage,
} from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/** A night's work of a back office is many requests; a loop that has gone wild is more. */
const PER_PROGRAM = { name: 'back-office', count: 1_200, per: minutes(1) } as const

/**
 * The interface of the back office: it makes clients and accounts and changes them. Every request
 * can be sent twice: the second finds done what the first one did.
 */
export const backOfficeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.decorateRequest('backOffice', null)
    app.addHook('onRequest', async (request, reply) => {
      const token = bearer(request)
      request.backOffice = token === null ? null : await findBackOffice(world, token)
      if (request.backOffice === null) {
        reply.header('www-authenticate', `Bearer scope="${BACK_OFFICE}"`)
        return sendRefusal(reply, { ok: false, problem: 'session.missing' })
      }
      const taken = await world.limits.take(PER_PROGRAM, request.backOffice)
      if (!taken.ok) return sendRefusal(reply, { ...taken, problem: 'request.too-many-by-program' })
    })
    await app.register(subscriberRoutes(world))
    await app.register(primaryRoutes(world))
    await app.register(contactRoutes(world))
    await app.register(holdRoutes(world))
    await app.register(accountRoutes(world))
    await app.register(letterRoutes(world))
    await app.register(orderRoutes(world))
  }

const nobody = { ok: false, problem: 'subscriber.not-found' } as const

/** Somebody as they are now. */
async function send(world: World, reply: FastifyReply, userName: string) {
  const view = await subscriberView(world, userName)
  return view ?? sendRefusal(reply, nobody)
}

const subscriberRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const create = {
      operationId: 'createSubscriber',
      summary: 'Make a client, with accounts that are applied for',
      security,
      body: said.NewSubscriber,
      response: { 200: said.Subscriber, 201: said.Subscriber, ...problems },
    }
    app.post('/subscribers', { config, schema: create }, async (request, reply) => {
      const { userName, accounts } = request.body
      const made = await createSubscriberWithPassword(world, {
        ...request.body,
        by: actorOf(request),
      })
      if (made.ok) {
        reply.code(201)
        return await send(world, reply, userName)
      }
      if (made.reason === 'malformed')
        return sendRefusal(reply, { ok: false, problem: 'subscriber.malformed' })
      if (made.reason !== 'taken')
        return sendRefusal(reply, { ok: false, problem: 'subscriber.weak-password' })
      const found = await findByUserName(world, userName)
      const numbers = new Set(found?.accounts.map((account) => account.number))
      const isSame = found && accounts.every((account) => numbers.has(account.number))
      if (!isSame) return sendRefusal(reply, { ok: false, problem: 'subscriber.taken' })
      return await send(world, reply, userName)
    })

    const get = {
      operationId: 'getSubscriber',
      summary: 'See a client, with accounts, addresses and holds',
      security,
      params: said.UserName,
      response: { 200: said.Subscriber, ...problems },
    }
    app.get('/subscribers/:userName', { config, schema: get }, async (request, reply) =>
      send(world, reply, request.params.userName),
    )

    const change = {
      operationId: 'changeSubscriber',
      summary: 'Change the language of what is written to a client',
      security,
      params: said.UserName,
      body: said.ChangedSubscriber,
      response: { 200: said.Subscriber, ...problems },
    }
    app.patch('/subscribers/:userName', { config, schema: change }, async (request, reply) => {
      const { userName } = request.params
      const found = await findByUserName(world, userName)
      if (!found) return sendRefusal(reply, nobody)
      const { language } = request.body
      const by = actorOf(request)
      const set = await setLanguage(world, { id: found.subscriber.id, language, by })
      return set.ok ? await send(world, reply, userName) : sendRefusal(reply, set)
    })

    const add = {
      operationId: 'createAccount',
      summary: 'Add an account that is applied for',
      security,
      params: said.UserName,
      body: said.NewAccount,
      response: { 200: said.Account, ...problems },
    }
    app.post('/subscribers/:userName/accounts', { config, schema: add }, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { id: subscriberId, userName } = found.subscriber
      const added = { ...request.body, subscriberId, by: actorOf(request) }
      const made = await createAccount(world, added)
      return made.ok ? accountView(made, userName) : sendRefusal(reply, made)
    })
  }

/** Several people who use one account, and who of them changes its security settings (R032). */
const primaryRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const about = { security, params: said.UserName }
    const address = '/subscribers/:userName/primary'
    const put = async (
      reply: FastifyReply,
      { userName, to }: { readonly userName: string; readonly to: Primary | null },
    ) => {
      const [user, of] = await Promise.all([
        findByUserName(world, userName),
        to && findByUserName(world, to.userName),
      ])
      if (!user || (to && !of)) return sendRefusal(reply, nobody)
      const primary = to && of ? { id: of.subscriber.id, name: to.name } : null
      const by = actorOf(reply.request)
      const done = await setPrimary(world, { id: user.subscriber.id, primary, by })
      return done.ok ? await send(world, reply, userName) : sendRefusal(reply, done)
    }

    const set = {
      operationId: 'setPrimaryUser',
      summary: 'Say whose account a client uses, who has none of their own',
      description:
        'Only the primary user changes its security settings. Whoever becomes another user is logged out.',
      ...about,
      body: said.PrimaryUser,
      response: { 200: said.Subscriber, ...problems },
    }
    app.put(address, { config, schema: set }, async (request, reply) =>
      put(reply, { userName: request.params.userName, to: request.body }),
    )

    const unset = {
      operationId: 'unsetPrimaryUser',
      summary: 'Let a client use the account of nobody any more',
      ...about,
      response: { 200: said.Subscriber, ...problems },
    }
    app.delete(address, { config, schema: unset }, async (request, reply) =>
      put(reply, { userName: request.params.userName, to: null }),
    )
  }

type Primary = z.infer<typeof said.PrimaryUser>

const contactRoutes =
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
        const about = { subscriberId: found.subscriber.id, kind, by: actorOf(request) }
        const done = await setContact(world, { ...about, value: request.body.value })
        return done.ok ? await send(world, reply, userName) : sendRefusal(reply, done)
      })
    }
  }

const holdRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const start = {
      operationId: 'startHold',
      summary: 'Take rights away for a while',
      description: 'Whoever is logged in loses them at once. It ends by itself.',
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
      const id = await startHold(world, { ...hold, by: actorOf(request) })
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
        await liftHold(world, { subscriberId: found.subscriber.id, id, by: actorOf(request) })
        return reply.code(204).send(null)
      },
    )
  }
