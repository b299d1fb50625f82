import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { nobody } from '#edges/back-office/client.ts'
import * as said from '#edges/back-office/schemas.ts'
import { accountView, isoOf } from '#edges/back-office/view.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import {
  changeAccount,
  type Changing,
  createAccount,
  findAccount,
} from '#engine/subscribers/accounts.ts'
import { listPlacings } from '#engine/subscribers/placing.ts'
import type { World } from '#engine/world.ts'

const stepsOf = (world: World) => ({
  about: {
    security,
    params: said.AccountNumber,
    response: { 200: said.Account, ...problems },
  },
  send: async (reply: FastifyReply, change: Omit<Changing, 'by'>) => {
    const { world: held, by } = doingOf(reply.request)
    const changed = await changeAccount(held, { ...change, by })
    return changed.ok ? accountView(world, changed, changed.userName) : refuseDeed(reply, changed)
  },
})

/** A further account of a client. */
export const newAccountRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
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
      const { world: held, by } = doingOf(request)
      const made = await createAccount(held, { ...request.body, subscriberId, by })
      return made.ok ? accountView(world, made, userName) : refuseDeed(reply, made)
    })
  }

/** Changes of accounts: each can be requested twice, and the second changes nothing. */
export const accountRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const { about, send } = stepsOf(world)

    const get = { operationId: 'getAccount', summary: 'See an account', ...about }
    app.get('/accounts/:number', { config, schema: get }, async (request, reply) => {
      const found = await findAccount(world, request.params.number)
      return found
        ? accountView(world, found, found.userName)
        : sendRefusal(reply, { ok: false, problem: 'account.not-found' })
    })

    const approve = {
      operationId: 'approveAccount',
      summary: 'Approve an account; after the cut-off it trades from the next business day',
      ...about,
      body: said.Step,
    }
    app.post('/accounts/:number/approve', { config, schema: approve }, async (request, reply) => {
      const { number } = request.params
      const change = { kind: 'approve' } as const
      return await send(reply, { number, change, ...request.body })
    })

    const open = {
      operationId: 'openAccount',
      summary: 'Open an account that is approved',
      ...about,
      body: said.Step,
    }
    app.post('/accounts/:number/open', { config, schema: open }, async (request, reply) => {
      const { number } = request.params
      const change = { kind: 'open' } as const
      return await send(reply, { number, change, ...request.body })
    })

    const close = {
      operationId: 'closeAccount',
      summary: 'Close an account for good; trading ends at once, statements stay',
      ...about,
      body: said.Close,
    }
    app.post('/accounts/:number/close', { config, schema: close }, async (request, reply) => {
      const { number } = request.params
      const { by, version } = request.body
      const change = { kind: 'close', by } as const
      return await send(reply, { number, change, version })
    })
    await app.register(factRoutes(world))
  }

/** What is said of an account: what is in it, and where its holder lives. */
const factRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const { about, send } = stepsOf(world)

    const value = {
      operationId: 'valueAccount',
      summary: 'Say what is in an account: who has enough may order a security card',
      ...about,
      body: said.Value,
    }
    app.put('/accounts/:number/equity', { config, schema: value }, async (request, reply) => {
      const { number } = request.params
      const { version, equityUsd } = request.body
      const change = { kind: 'value', equityUsd } as const
      return await send(reply, { number, change, version })
    })

    const relocate = {
      operationId: 'relocateAccount',
      summary: 'Say where the holder lives, which decides whose rules apply',
      ...about,
      body: said.Relocate,
    }
    app.put('/accounts/:number/residence', { config, schema: relocate }, async (request, reply) => {
      const { number } = request.params
      const { version, ...to } = request.body
      const change = { kind: 'relocate', ...to } as const
      return await send(reply, { number, change, version })
    })

    const list = {
      operationId: 'listPlacings',
      summary: 'See where an account has belonged, who has said so, and why; the oldest first',
      ...about,
      response: { 200: said.Placings, ...problems },
    }
    app.get('/accounts/:number/placings', { config, schema: list }, async (request, reply) => {
      const placings = await listPlacings(world, request.params.number)
      if (!placings) return sendRefusal(reply, { ok: false, problem: 'account.not-found' })
      return { placings: placings.map(({ at, ...one }) => ({ at: isoOf(at), ...one })) }
    })
  }
