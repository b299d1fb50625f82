import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sendsDevices } from '#core/desk/role.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { actOnToken, type TokenAct } from '#engine/desk/fulfilment/board.ts'
import { seeToken, stockOf } from '#engine/inventory/stock.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { stockPage, tokenPage } from '#edges/desk/orders/stock-page.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const TYPED_LENGTH_MAX = 100
const Serial = z.strictObject({ serial: z.string().max(TYPED_LENGTH_MAX) })
const Moved = z.strictObject({ place: z.string().max(TYPED_LENGTH_MAX) })
const Empty = z.strictObject({})

/** What lies in the inventory, and where one device is. */
export const stockRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: sendsDevices }

    app.get('/stock', { config }, async (_request, reply) =>
      sendStock(world, reply, { typed: '', problem: null }),
    )

    app.post('/stock', { config, schema: { body: Serial } }, async (request, reply) => {
      const { serial: typed } = request.body
      const seen = await seeToken(world, typed)
      if (!seen.ok) return await sendStock(world, reply, { typed, problem: seen.problem })
      return reply.redirect(`/stock/${encodeURIComponent(seen.token.serial)}`, 303)
    })

    app.get('/stock/:serial', { config, schema: { params: Serial } }, async (request, reply) =>
      sendToken(world, reply, { serial: request.params.serial, problem: null }),
    )

    for (const act of ['returned', 'destroyed'] as const) {
      app.post(
        `/stock/:serial/${act}`,
        { config, schema: { params: Serial, body: Empty } },
        async (request, reply) => done(world, reply, { serial: request.params.serial, act }),
      )
    }
    app.post(
      '/stock/:serial/moved',
      { config, schema: { params: Serial, body: Moved } },
      async (request, reply) => {
        const act = { act: 'moved', place: request.body.place } as const
        return await done(world, reply, { serial: request.params.serial, ...act })
      },
    )
  }

async function sendStock(
  world: World,
  reply: FastifyReply,
  { typed, problem }: { readonly typed: string; readonly problem: Problem | null },
): Promise<FastifyReply> {
  if (problem) reply.code(PROBLEMS[problem])
  const stock = await stockOf(world)
  const facts = { ...seenByMember(world, reply), stock, typed, problem }
  return reply.html(stockPage(reply.page('/stock'), facts))
}

async function done(
  world: World,
  reply: FastifyReply,
  act: TokenAct & { readonly serial: string },
): Promise<FastifyReply> {
  const { serial } = act
  const said = await actOnToken(world, memberOf(reply.request), act)
  if (said.ok) return reply.redirect(`/stock/${encodeURIComponent(serial)}`, 303)
  return await sendToken(world, reply, { serial, problem: said.problem })
}

async function sendToken(
  world: World,
  reply: FastifyReply,
  { serial, problem }: { readonly serial: string; readonly problem: Problem | null },
): Promise<FastifyReply> {
  const seen = await seeToken(world, serial)
  if (!seen.ok) return sendRefusal(reply, seen)
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), seen, problem }
  return reply.html(tokenPage(reply.page(`/stock/${seen.token.serial}`), facts))
}
