import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { sendsDevices } from '#core/desk/role.ts'
import { LOSSES } from '#core/orders/fees.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { actOnToken, askOfToken, type TokenAct } from '#engine/desk/fulfilment/board.ts'
import { seeToken, stockOf } from '#engine/inventory/stock.ts'
import type { World } from '#engine/world.ts'
import { seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { stockPage, tokenPage } from '#edges/desk/orders/stock-page.ts'
import { doAct, showAct, type TouchedKind } from '#edges/desk/orders/touched-act.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { fact } from '#edges/pages/frame/parts.ts'

const TYPED_LENGTH_MAX = 100
const Serial = z.strictObject({ serial: z.string().max(TYPED_LENGTH_MAX) })

/** What is sent with each act. */
const FIELDS = {
  returned: {},
  destroyed: {},
  moved: { place: z.string().max(TYPED_LENGTH_MAX) },
  'written-off': { why: z.enum(LOSSES) },
} as const satisfies Readonly<Record<TokenAct['act'], z.ZodRawShape>>

const ACTS = Object.keys(FIELDS) as readonly TokenAct['act'][]

/** An act before the touch; a field that is none of its own is left out. */
const Asked = z.discriminatedUnion('act', [
  z.object({ act: z.literal('returned') }),
  z.object({ act: z.literal('destroyed') }),
  z.object({ act: z.literal('moved'), ...FIELDS.moved }),
  z.object({ act: z.literal('written-off'), ...FIELDS['written-off'] }),
])

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

    const kind = actsOn(world)
    const changes = { ...config, wayOut: pageOf }
    app.post(
      '/stock/:serial/confirm',
      { config: changes, schema: { params: Serial, body: Asked } },
      async (request, reply) => {
        const acting = { ...request.params, ...request.body }
        return await showAct(world, reply, { kind, acting })
      },
    )
    for (const act of ACTS) {
      const body = z.strictObject({ ...FIELDS[act], ...TOUCH_FIELDS })
      app.post(
        `/stock/:serial/${act}`,
        { config: changes, schema: { params: Serial, body } },
        async (request, reply) => {
          const { answer, sealed, ...fields } = request.body
          const acting = { ...request.params, ...Asked.parse({ act, ...fields }) }
          const touch = touchIn({ answer, sealed })
          return await doAct(world, reply, { kind, acting, touch })
        },
      )
    }
  }

const addressOf = ({ serial }: { readonly serial: string }): string =>
  `/stock/${encodeURIComponent(serial)}`

const pageOf = ({ params }: FastifyRequest): string => addressOf(params as z.infer<typeof Serial>)

type Acting = TokenAct & { readonly serial: string }

const actsOn = (world: World): TouchedKind<Acting> => ({
  ask: askOfToken,
  act: actOnToken,
  addressOf,
  shown({ text }, acting) {
    const { serial, act, ...carries } = acting
    const place =
      acting.act === 'moved' ? [fact(text('desk.stock.columns.place'), acting.place)] : []
    const why =
      acting.act === 'written-off'
        ? [fact(text('desk.stock.fact.why'), text(`desk.returns.why.${acting.why}`))]
        : []
    return {
      title: text(`desk.stock.confirm.${act}.title`, { serial }),
      lead: text(`desk.stock.confirm.${act}.lead`),
      facts: [...place, ...why],
      carries,
      action: act,
      back: text('desk.stock.back-to-one'),
    }
  },
  whyNot: async (reply, { serial }, { problem }) =>
    await sendToken(world, reply, { serial, problem }),
})

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
