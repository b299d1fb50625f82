import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sendsDevices } from '#core/desk/role.ts'
import { isId } from '#core/ids.ts'
import { countFor, estimateOf, type Order } from '#core/orders/order.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import {
  actOnOrder,
  askOfOrder,
  type BoardAct,
  lookAtOrder,
  labelFor,
  sheetFor,
} from '#engine/desk/fulfilment/board.ts'
import { freeIn, stockOf, unusedIn } from '#engine/inventory/stock.ts'
import { type NamedOrder, named, ordersIn, showing } from '#engine/orders/fulfilment.ts'
import type { World } from '#engine/world.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { boardPage, COLUMNS, type Listed } from '#edges/desk/orders/board-page.ts'
import { labelPage } from '#edges/desk/orders/label-page.ts'
import { orderPage } from '#edges/desk/orders/order-page.ts'
import { doAct, showAct, type TouchedKind } from '#edges/desk/orders/touched-act.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { html } from '#edges/pages/frame/html.ts'
import { fact } from '#edges/pages/frame/parts.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'

const Address = z.object({ id: z.string().refine((text) => isId('ord', text)) })
const Board = z.object({ state: z.enum(COLUMNS).catch('ordered') })
const TYPED_LENGTH_MAX = 100
const typed = z.string().max(TYPED_LENGTH_MAX)
const LABEL = { carrier: typed.default(''), tracking: typed.default('') }

/** What is sent with each act. */
const FIELDS = {
  packed: { serial: typed },
  sent: { serial: typed, ...LABEL },
  relabelled: LABEL,
  delivered: {},
  lost: {},
} as const satisfies Readonly<Record<BoardAct['act'], z.ZodRawShape>>

const Done = z.object({
  done: z.enum(['packed', 'sent', 'relabelled', 'delivered', 'lost']).optional().catch(undefined),
})

const ACTS = Object.keys(FIELDS) as readonly BoardAct['act'][]

/** An act before the touch; a field that is none of its own is left out. */
const Asked = z.discriminatedUnion('act', [
  z.object({ act: z.literal('packed'), ...FIELDS.packed }),
  z.object({ act: z.literal('sent'), ...FIELDS.sent }),
  z.object({ act: z.literal('relabelled'), ...FIELDS.relabelled }),
  z.object({ act: z.literal('delivered') }),
  z.object({ act: z.literal('lost') }),
])

/** The board of those who send devices. */
export const orderRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: sendsDevices }

    app.get('/orders', { config, schema: { querystring: Board } }, async (request, reply) => {
      const stock = await stockOf(world)
      const listed = await listedIn(world, request.query.state)
      const { orders: rules } = world.settings
      const facts = { ...seenByMember(world, reply), listed, rules, leavesAt: leaves(world), stock }
      return reply.html(boardPage(reply.page('/orders'), facts))
    })

    const shows = { config, schema: { params: Address }, exposeHeadRoute: false }
    const tells = { ...shows, schema: { params: Address, querystring: Done } }
    app.get('/orders/:id', tells, async (request, reply) => {
      const { done = null } = request.query
      const seen = await lookAtOrder(world, memberOf(request), request.params.id)
      return seen.ok ? await sendOrder(world, reply, { seen, done }) : sendRefusal(reply, seen)
    })

    app.get('/orders/:id/sheet', shows, async (request, reply) => {
      const { id } = request.params
      const found = await sheetFor(world, memberOf(request), id)
      if (!found.ok) return sendRefusal(reply, found)
      return sendPrinted(reply, lettersPage([found.letter]))
    })

    app.get('/orders/:id/label', shows, async (request, reply) => {
      const { id } = request.params
      const found = await labelFor(world, memberOf(request), id)
      if (!found.ok) return sendRefusal(reply, found)
      return sendPrinted(reply, labelPage(reply.page('/orders'), found.order))
    })

    const kind = actsOn(world)
    const changes = { ...config, wayOut: pageOf }
    app.post(
      '/orders/:id/confirm',
      { config: changes, schema: { params: Address, body: Asked } },
      async (request, reply) => {
        const acting = { ...request.params, ...request.body }
        return await showAct(world, reply, { kind, acting })
      },
    )
    for (const act of ACTS) {
      const body = z.strictObject({ ...FIELDS[act], ...TOUCH_FIELDS })
      app.post(
        `/orders/:id/${act}`,
        { config: changes, schema: { params: Address, body } },
        async (request, reply) => {
          const { answer, sealed, ...fields } = request.body
          const acting = { ...request.params, ...Asked.parse({ act, ...fields }) }
          const touch = touchIn({ answer, sealed })
          return await doAct(world, reply, { kind, acting, touch })
        },
      )
    }
  }

const pageOf = ({ params }: FastifyRequest): string =>
  `/orders/${(params as z.infer<typeof Address>).id}`

/** Opens in a tab and is printed from there; all that it needs stands in it. */
function sendPrinted(reply: FastifyReply, page: string): FastifyReply {
  const style = /<style>(.*?)<\/style>/su.exec(page)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  const only = `style-src 'sha256-${hash}'; font-src data:`
  const policy = `default-src 'none'; ${only}; sandbox allow-modals`
  return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page)
}

async function listedIn(world: World, column: (typeof COLUMNS)[number]): Promise<Listed> {
  if (column === 'due-back' || column === 'written-off') {
    const found = await unusedIn(world, column)
    const unused = found.map(({ token, dueAt }) => ({
      token,
      expectedAt: token.returningAt === null ? dueAt : showing(world, token.returningAt).showsBy,
    }))
    return { column, unused }
  }
  const found = await ordersIn(world, { state: column, after: null })
  const orders = await Promise.all(found.map(async (order) => await named(world, order)))
  return { column, orders }
}

const leaves =
  ({ settings: { orders: rules, calendar } }: World) =>
  ({ orderedAt, country }: Order) =>
    estimateOf(orderedAt, country, { rules, calendar }).leavesAt

type Acting = BoardAct & { readonly id: string }

/** These are put right on the page of the order; of any other it is told what it is. */
const HERE: readonly Problem[] = [
  ...(['token.not-found', 'token.given', 'token.revoked', 'token.expired'] as const),
  ...(['order.other-device', 'order.no-label', 'order.withdrawn', 'order.left'] as const),
  ...(['order.active', 'order.lost', 'order.returned', 'order.not-sent'] as const),
  ...(['order.arrived', 'order.conflict'] as const),
]

const actsOn = (world: World): TouchedKind<Acting> => ({
  ask: askOfOrder,
  act: actOnOrder,
  addressOf: ({ id }) => `/orders/${id}`,
  doneAt: ({ id, act }) => `/orders/${id}?done=${act}`,
  shown({ text }, { id: _id, act, ...fields }) {
    const carries: Readonly<Record<string, string>> = fields
    const rows = (['serial', 'carrier', 'tracking'] as const).flatMap((name) => {
      const value = carries[name] ?? ''
      const key = name === 'serial' ? 'desk.orders.fact.serial' : `desk.orders.label.${name}`
      return value === '' ? [] : [fact(text(key), html`<span class="mono whole">${value}</span>`)]
    })
    return {
      title: text(`desk.orders.confirm.${act}.title`, { serial: carries['serial'] ?? '' }),
      lead: text(`desk.orders.confirm.${act}.lead`),
      facts: rows,
      carries,
      action: act,
      back: text('desk.orders.back-to-one'),
    }
  },
  whyNot: async (reply, acting, refusal) => await sayWhyNot(world, reply, { acting, refusal }),
})

/** On the page of the order, where it can be put right there. */
async function sayWhyNot(
  world: World,
  reply: FastifyReply,
  { acting, refusal }: { readonly acting: Acting; readonly refusal: Refusal },
): Promise<FastifyReply> {
  if (!HERE.includes(refusal.problem)) return sendRefusal(reply, refusal)
  const seen = await lookAtOrder(world, memberOf(reply.request), acting.id)
  if (!seen.ok) return sendRefusal(reply, seen)
  return await sendOrder(world, reply, { seen, act: acting, refusal })
}

interface Shown {
  readonly seen: NamedOrder
  readonly act?: BoardAct
  readonly done?: BoardAct['act'] | null
  readonly refusal?: Refusal
}

async function sendOrder(
  world: World,
  reply: FastifyReply,
  { seen, act, done = null, refusal }: Shown,
): Promise<FastifyReply> {
  const given = act && 'serial' in act ? act : null
  const labelled = act && 'carrier' in act ? act : null
  const again = {
    serial: given?.serial ?? '',
    carrier: labelled?.carrier ?? '',
    tracking: labelled?.tracking ?? '',
  }
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const facts = {
    ...seenByMember(world, reply),
    seen,
    typed: again,
    leavesAt: leaves(world)(seen.order),
    days: countFor(world.settings.orders.delivery, seen.order.country),
    free: await freeIn(world, seen.order.method),
    done,
    problem: refusal?.problem ?? null,
  }
  return reply.html(orderPage(reply.page(`/orders/${seen.order.id}`), facts))
}
