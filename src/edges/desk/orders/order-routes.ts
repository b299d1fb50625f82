import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sendsDevices } from '#core/desk/role.ts'
import { isId } from '#core/ids.ts'
import { estimateOf, type Order } from '#core/orders/order.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import { actOnOrder, type BoardAct, lookAtOrder, sheetFor } from '#engine/desk/fulfilment/board.ts'
import { stockOf } from '#engine/inventory/stock.ts'
import { type NamedOrder, named, ordersIn } from '#engine/orders/fulfilment.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { boardPage, COLUMNS } from '#edges/desk/orders/board-page.ts'
import { orderPage } from '#edges/desk/orders/order-page.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'

const Address = z.object({ id: z.string().refine((text) => isId('ord', text)) })
const Board = z.object({ state: z.enum(COLUMNS).catch('ordered') })
const TYPED_LENGTH_MAX = 100
const typed = z.string().max(TYPED_LENGTH_MAX)
const Packed = z.strictObject({ serial: typed })
const Sent = z.strictObject({
  serial: typed,
  carrier: typed.default(''),
  tracking: typed.default(''),
})
const Empty = z.strictObject({})

/** The board of those who send devices. */
export const orderRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: sendsDevices }

    app.get('/orders', { config, schema: { querystring: Board } }, async (request, reply) => {
      const { state: column } = request.query
      const found = await ordersIn(world, { state: column, after: null })
      const orders = await Promise.all(found.map(async (order) => await named(world, order)))
      const { low } = await stockOf(world)
      const leavesAt = leaves(world)
      const facts = { ...seenByMember(world, reply), column, orders, leavesAt, low }
      return reply.html(boardPage(reply.page('/orders'), facts))
    })

    const shows = { config, schema: { params: Address }, exposeHeadRoute: false }
    app.get('/orders/:id', shows, async (request, reply) => {
      const seen = await lookAtOrder(world, memberOf(request), request.params.id)
      return seen.ok ? sendOrder(world, reply, { seen }) : sendRefusal(reply, seen)
    })

    app.get('/orders/:id/sheet', shows, async (request, reply) => {
      const { id } = request.params
      const found = await sheetFor(world, memberOf(request), id)
      if (!found.ok) return sendRefusal(reply, found)
      return reply
        .header('content-disposition', `attachment; filename="${id}.html"`)
        .type('text/html; charset=utf-8')
        .send(lettersPage([found.letter]))
    })

    const acts = (body: z.ZodType) => ({ config, schema: { params: Address, body } })
    app.post('/orders/:id/packed', acts(Packed), async (request, reply) => {
      const act = { act: 'packed', ...Packed.parse(request.body) } as const
      return await done(world, reply, { id: request.params.id, ...act })
    })
    app.post('/orders/:id/sent', acts(Sent), async (request, reply) => {
      const act = { act: 'sent', ...Sent.parse(request.body) } as const
      return await done(world, reply, { id: request.params.id, ...act })
    })
    for (const act of ['delivered', 'lost'] as const) {
      app.post(`/orders/:id/${act}`, acts(Empty), async (request, reply) =>
        done(world, reply, { id: request.params.id, act }),
      )
    }
  }

const leaves =
  ({ settings: { orders: rules, calendar } }: World) =>
  ({ orderedAt, country }: Order) =>
    estimateOf(orderedAt, country, { rules, calendar }).leavesAt

/** These are put right on the page of the order; of any other it is told what it is. */
const HERE: readonly Problem[] = [
  ...(['token.not-found', 'token.given', 'token.revoked', 'token.expired'] as const),
  ...(['order.other-device', 'order.no-label', 'order.withdrawn', 'order.left'] as const),
  ...(['order.active', 'order.lost', 'order.returned', 'order.not-sent'] as const),
  'order.conflict',
]

async function done(
  world: World,
  reply: FastifyReply,
  act: BoardAct & { readonly id: string },
): Promise<FastifyReply> {
  const open = memberOf(reply.request)
  const said = await actOnOrder(world, open, act)
  if (said.ok) return reply.redirect(`/orders/${act.id}`, 303)
  if (!HERE.includes(said.problem)) return sendRefusal(reply, said)
  const seen = await lookAtOrder(world, open, act.id)
  if (!seen.ok) return sendRefusal(reply, seen)
  return sendOrder(world, reply, { seen, act, refusal: said })
}

interface Shown {
  readonly seen: NamedOrder
  readonly act?: BoardAct
  readonly refusal?: Refusal
}

function sendOrder(world: World, reply: FastifyReply, { seen, act, refusal }: Shown): FastifyReply {
  const given = act && 'serial' in act ? act : null
  const sent = act?.act === 'sent' ? act : null
  const again = {
    serial: given?.serial ?? '',
    carrier: sent?.carrier ?? '',
    tracking: sent?.tracking ?? '',
  }
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const facts = {
    ...seenByMember(world, reply),
    seen,
    typed: again,
    leavesAt: leaves(world)(seen.order),
    problem: refusal?.problem ?? null,
  }
  return reply.html(orderPage(reply.page(`/orders/${seen.order.id}`), facts))
}
