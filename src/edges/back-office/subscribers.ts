import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Refusal } from '#core/problems.ts'
import * as said from '#edges/back-office/schemas.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { placed } from '#core/subscribers/jurisdiction.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import {
  createSubscriberWithPassword,
  findByUserName,
  type NewAccount,
  setLanguage,
} from '#engine/subscribers/subscribers.ts'
import { nobody, send } from '#edges/back-office/client.ts'
import type { World } from '#engine/world.ts'

const DONE = { ok: true } as const

type AskedAccount = z.infer<typeof said.NewSubscriber>['accounts'][number]

/** The accounts with the rules that their residence gives, or why one has none. */
function allPlaced(
  { settings }: World,
  asked: readonly AskedAccount[],
): { readonly ok: true; readonly accounts: readonly NewAccount[] } | Refusal {
  const accounts: NewAccount[] = []
  for (const { number, environment, ...placing } of asked) {
    const to = placed(settings.jurisdictions, placing)
    if (!to.ok) return to
    const { residence, override } = to
    accounts.push({ number, environment, residence, override })
  }
  return { ok: true, accounts }
}

export const subscriberRoutes =
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
      const { fullName, ...asked } = request.body
      const { userName } = asked
      const placing = allPlaced(world, asked.accounts)
      if (!placing.ok) return sendRefusal(reply, placing)
      const { accounts } = placing
      const { world: held, by } = doingOf(request)
      const named = fullName === undefined ? {} : { fullName }
      const made = await createSubscriberWithPassword(held, { ...asked, ...named, accounts, by })
      if (made.ok) {
        reply.code(201)
        return await send(world, reply, userName)
      }
      if (made.reason === 'malformed')
        return sendRefusal(reply, { ok: false, problem: 'subscriber.malformed' })
      if (made.reason === 'full-name')
        return sendRefusal(reply, { ok: false, problem: 'subscriber.full-name' })
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
      summary: 'Change what a client is called, or the language of what is written to them',
      security,
      params: said.UserName,
      body: said.ChangedSubscriber,
      response: { 200: said.Subscriber, ...problems },
    }
    app.patch('/subscribers/:userName', { config, schema: change }, async (request, reply) => {
      const { userName } = request.params
      const found = await findByUserName(world, userName)
      if (!found) return sendRefusal(reply, nobody)
      const { language, fullName: name } = request.body
      const { world: held, by } = doingOf(request)
      const about = { id: found.subscriber.id, by }
      // What can be refused comes first: a request that is refused has changed nothing.
      const named = name === undefined ? DONE : await setFullName(held, { ...about, name })
      if (!named.ok) return refuseDeed(reply, named)
      const set = language === undefined ? DONE : await setLanguage(held, { ...about, language })
      return set.ok ? await send(world, reply, userName) : refuseDeed(reply, set)
    })
  }

/** Several people who use one account, and who of them changes its security settings (R032). */
export const primaryRoutes =
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
      const { world: held, by } = doingOf(reply.request)
      const done = await setPrimary(held, { id: user.subscriber.id, primary, by })
      return done.ok ? await send(world, reply, userName) : refuseDeed(reply, done)
    }

    const set = {
      operationId: 'setPrimaryUser',
      summary: 'Say whose account a client uses, who has none of their own',
      description:
        'Only the primary user changes its security settings. ' +
        'A client who gets another primary user is logged out.',
      ...about,
      body: said.PrimaryUser,
      response: { 200: said.Subscriber, ...problems },
    }
    app.put(address, { config, schema: set }, async (request, reply) =>
      put(reply, { userName: request.params.userName, to: request.body }),
    )

    const unset = {
      operationId: 'unsetPrimaryUser',
      summary: 'Let a client use no other account any more',
      ...about,
      response: { 200: said.Subscriber, ...problems },
    }
    app.delete(address, { config, schema: unset }, async (request, reply) =>
      put(reply, { userName: request.params.userName, to: null }),
    )
  }

type Primary = z.infer<typeof said.PrimaryUser>
