import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LOSSES } from '#core/orders/fees.ts'
import type { Instant } from '#core/time/time.ts'
import * as said from '#edges/back-office/schemas.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  destroyToken,
  type SeenToken as Seen,
  seeToken,
  type Stock as Counted,
  stockOf,
} from '#engine/inventory/stock.ts'
import type { World } from '#engine/world.ts'

const moment = z.iso.datetime().describe('RFC 3339, UTC')

const Stock = z
  .object({
    rows: z.array(
      z.object({
        method: z.string().describe('The kind of device, such as `security-card`'),
        place: z.string(),
        free: z.int(),
        ordered: z.int().describe('Packed or on the way to a client'),
        out: z.int().describe('With clients'),
        writtenOff: z.int().describe('With clients, and not expected back'),
        back: z.int(),
        destroyed: z.int(),
      }),
    ),
    low: z.array(z.string()).describe('Kinds that clients order, and of which too few are free'),
  })
  .meta({ id: 'Stock' })

const SeenToken = z
  .object({
    serial: z.string(),
    method: z.string(),
    place: z.string(),
    holders: z.array(z.string()).describe('Who holds it, or held it last, by user name'),
    since: moment.nullable().describe('Since when they hold it'),
    orderId: z.string().nullable(),
    returningAt: moment.nullable(),
    returnedAt: moment.nullable(),
    writtenOffAt: moment.nullable(),
    writtenOffWhy: z.enum(LOSSES).nullable(),
    destroyedAt: moment.nullable(),
  })
  .meta({ id: 'SeenToken' })

const isoOrNull = (at: Instant | null) => (at === null ? null : new Date(at).toISOString())

export const tokenView = ({
  token: { serial, method, orderId, returningAt, returnedAt, writtenOff },
  place,
  holders,
  since,
  destroyedAt,
}: Seen): z.infer<typeof SeenToken> => ({
  serial,
  method,
  place,
  holders: [...holders],
  since: isoOrNull(since),
  orderId,
  returningAt: isoOrNull(returningAt),
  returnedAt: isoOrNull(returnedAt),
  writtenOffAt: isoOrNull(writtenOff && writtenOff.at),
  writtenOffWhy: writtenOff && writtenOff.why,
  destroyedAt: isoOrNull(destroyedAt),
})

export const stockView = ({ rows, low }: Counted): z.infer<typeof Stock> => ({
  rows: rows.map(({ method, place, counts: { 'written-off': writtenOff, ...counts } }) => ({
    method,
    place,
    ...counts,
    writtenOff,
  })),
  low: [...low],
})

/** What lies in the inventory, who holds one device, and which are destroyed. */
export const stockRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const count = {
      operationId: 'getStock',
      summary: 'Count the devices of the inventory, by kind and place',
      security,
      response: { 200: Stock, ...problems },
    }
    app.get('/stock', { config, schema: count }, async () => stockView(await stockOf(world)))

    const see = {
      operationId: 'getToken',
      summary: 'See where a device is, and who holds it since when',
      security,
      params: said.Serial,
      response: { 200: SeenToken, ...problems },
    }
    app.get('/tokens/:serial', { config, schema: see }, async (request, reply) => {
      const seen = await seeToken(world, request.params.serial)
      return seen.ok ? tokenView(seen) : sendRefusal(reply, seen)
    })

    const destroyed = {
      operationId: 'tokenDestroyed',
      summary: 'Say that a device was destroyed',
      description: 'One that came back, or has never left. Said twice, the first time counts.',
      security,
      params: said.Serial,
      response: { 200: SeenToken, ...problems },
    }
    app.post('/tokens/:serial/destroyed', { config, schema: destroyed }, async (request, reply) => {
      const { serial } = request.params
      const { world: held, by } = doingOf(request)
      const done = await destroyToken(held, { serial, by })
      return done.ok ? tokenView(done) : refuseDeed(reply, done)
    })
  }
