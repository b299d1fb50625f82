import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import * as said from '#edges/back-office/schemas.ts'
import { entryView, orderView } from '#edges/back-office/view.ts'
import {
  backOffice as security,
  config,
  ledger as books,
  problems,
} from '#edges/api/access/bearer.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import {
  enclosureOf,
  getOrder,
  named,
  ORDERS_MAX,
  ordersIn,
  tokenReturned,
} from '#engine/orders/fulfilment.ts'
import {
  orderDelivered,
  orderLost,
  orderPacked,
  orderRelabelled,
  orderSent,
} from '#engine/orders/sending.ts'
import { ENTRIES_MAX, ledgerAfter } from '#engine/orders/deposits.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import type { World } from '#engine/world.ts'

/**
 * Devices that clients order: what is to be packed, that it has left, and that one has come back.
 */
export const orderRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listOrders',
      summary: 'List the orders in one state',
      description: said.oldestFirst(ORDERS_MAX),
      security,
      querystring: said.OrdersAfter,
      response: { 200: said.Orders, ...problems },
    }
    app.get('/orders', { config, schema: list }, async (request, reply) => {
      const { state, after = null } = request.query
      if (after !== null && !isId('ord', after)) {
        return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
      }
      const found = await ordersIn(world, { state, after })
      const orders = await Promise.all(found.map((order) => named(world, order)))
      return { orders: orders.map(orderView) }
    })

    const see = {
      operationId: 'getOrder',
      summary: 'See an order',
      security,
      params: said.OrderId,
      response: { 200: said.Order, ...problems },
    }
    app.get('/orders/:id', { config, schema: see }, async (request, reply) => {
      const found = await getOrder(world, request.params.id)
      return found.ok ? orderView(found) : sendRefusal(reply, found)
    })

    await app.register(parcelRoutes)
    await app.register(sheetRoutes(world))
    await app.register(carrierRoutes)
    await app.register(lossRoutes(world))
  }

/** What leaves. */
const parcelRoutes: FastifyPluginAsyncZod = async (app) => {
  const packed = {
    operationId: 'orderPacked',
    summary: 'Say which device lies in the envelope of an order',
    description:
      'The serial number is that of a free device in the inventory. Until it has left, another ' +
      'number takes its place, and its client can cancel the order.',
    security,
    params: said.OrderId,
    body: said.Serial,
    response: { 200: said.Order, ...problems },
  }
  app.post('/orders/:id/packed', { config, schema: packed }, async (request, reply) => {
    const { id } = request.params
    const { serial } = request.body
    const { world: held, by } = doingOf(request)
    const done = await orderPacked(held, { id, serial, by })
    return done.ok ? orderView(done) : refuseDeed(reply, done)
  })

  const sent = {
    operationId: 'orderSent',
    summary: 'Say that a device has left for the client who ordered it',
    description:
      'The serial number is that of the device that was packed, or of a free one in the ' +
      'inventory. Said twice with the same number, the first time counts.',
    security,
    params: said.OrderId,
    body: said.Sent,
    response: { 200: said.Order, ...problems },
  }
  app.post('/orders/:id/sent', { config, schema: sent }, async (request, reply) => {
    const { id } = request.params
    const { world: held, by } = doingOf(request)
    const done = await orderSent(held, { id, ...request.body, by })
    return done.ok ? orderView(done) : refuseDeed(reply, done)
  })
}

/** What lies beside it, and that it is back. */
const sheetRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const print = {
      operationId: 'printEnclosure',
      summary: 'Get the sheet that lies beside a device in its envelope',
      description: 'HTML that is ready to print on A4; there is one from the moment it has left.',
      security,
      params: said.OrderId,
      response: {
        200: { description: 'A sheet', content: { 'text/html': { schema: z.string() } } },
        ...problems,
      },
    }
    app.get('/orders/:id/sheet', { config, schema: print }, async (request, reply) => {
      const found = await enclosureOf(world, request.params.id)
      if (!found.ok) return sendRefusal(reply, found)
      return reply
        .header('content-disposition', `attachment; filename="${request.params.id}.html"`)
        .type('text/html; charset=utf-8')
        .send(lettersPage([found.letter]))
    })

    const returned = {
      operationId: 'tokenReturned',
      summary: 'Say that a device has come back',
      description:
        'It answers nothing and is never given out again, and the deposit for it is free. ' +
        'Said twice, the first time counts.',
      security,
      params: said.Serial,
      response: { 200: said.ReturnedToken, ...problems },
    }
    app.post('/tokens/:serial/returned', { config, schema: returned }, async (request, reply) => {
      const { serial } = request.params
      const { world: held, by } = doingOf(request)
      const done = await tokenReturned(held, { serial, by })
      if (!done.ok) return refuseDeed(reply, done)
      const order = done.order && orderView(await named(world, done.order))
      return { serial: done.serial, returnedAt: new Date(done.returnedAt).toISOString(), order }
    })
  }

/** What the carrier says of it. */
const carrierRoutes: FastifyPluginAsyncZod = async (app) => {
  const relabelled = {
    operationId: 'orderRelabelled',
    summary: 'Correct carrier and number of a device that is in the post',
    description: 'Its client is told. The same once more changes nothing.',
    security,
    params: said.OrderId,
    body: said.Label,
    response: { 200: said.Order, ...problems },
  }
  app.post('/orders/:id/relabelled', { config, schema: relabelled }, async (request, reply) => {
    const { id } = request.params
    const { world: held, by } = doingOf(request)
    const done = await orderRelabelled(held, { id, ...request.body, by })
    return done.ok ? orderView(done) : refuseDeed(reply, done)
  })

  const delivered = {
    operationId: 'orderDelivered',
    summary: 'Say that the carrier has delivered a device',
    description: 'It opens nothing by that: its client proves it. The first time counts.',
    security,
    params: said.OrderId,
    response: { 200: said.Order, ...problems },
  }
  app.post('/orders/:id/delivered', { config, schema: delivered }, async (request, reply) => {
    const { id } = request.params
    const { world: held, by } = doingOf(request)
    const done = await orderDelivered(held, { id, by })
    return done.ok ? orderView(done) : refuseDeed(reply, done)
  })

  const lost = {
    operationId: 'orderLost',
    summary: 'Say that a device was lost in the post',
    description:
      'It is stopped wherever it is, its deposit is free, and its client can order again. ' +
      'One that turns up after all is `returned`. The first time counts.',
    security,
    params: said.OrderId,
    response: { 200: said.Order, ...problems },
  }
  app.post('/orders/:id/lost', { config, schema: lost }, async (request, reply) => {
    const { id } = request.params
    const { world: held, by } = doingOf(request)
    const done = await orderLost(held, { id, by })
    return done.ok ? orderView(done) : refuseDeed(reply, done)
  })
}

/** What is not expected back. */
const lossRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const lost = {
      operationId: 'tokenWrittenOff',
      summary: 'Say that a device is not expected back',
      description:
        'It answers nothing from then on. The deposit for it is charged, or free where replacing ' +
        'it costs nothing. Said twice, the first time counts; one that comes back is `returned`.',
      security,
      params: said.Serial,
      body: said.Loss,
      response: { 200: said.WrittenOffToken, ...problems },
    }
    app.post('/tokens/:serial/written-off', { config, schema: lost }, async (request, reply) => {
      const { serial } = request.params
      const { why } = request.body
      const { world: held, by } = doingOf(request)
      const done = await writeOff(held, { serial, why, by })
      if (!done.ok) return refuseDeed(reply, done)
      const order = done.order && orderView(await named(world, done.order))
      return { serial: done.serial, order }
    })
  }

/** What is kept back for devices, and charged: for the books of the broker. */
export const ledgerRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listLedger',
      summary: 'Read what was kept back, released, charged and refunded for devices',
      description:
        `The oldest first, up to ${ENTRIES_MAX}; \`after\` is the \`next\` of the page before. ` +
        'An entry appears a minute after it was made, never changes, and is never missed.',
      security: books,
      querystring: said.EntriesAfter,
      response: { 200: said.Ledger, ...problems },
    }
    app.get('/ledger', { config, schema: list }, async ({ query }) => {
      const { after = '0' } = query
      const entries = await ledgerAfter(world, Number(after))
      const next = entries.at(-1)?.number ?? after
      return { entries: entries.map(entryView), next: `${next}` }
    })
  }
