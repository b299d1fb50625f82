import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId, type OrderId } from '#core/ids.ts'
import { estimateOf, FAULTS, type Replaced } from '#core/orders/order.ts'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'
import { currentContact } from '#engine/contact/addresses.ts'
import { addressChangeOf, obstacleToMoving } from '#engine/devices/address-change.ts'
import { answerArrival, beginArrival, viewArrival } from '#engine/orders/arrival.ts'
import {
  beginOrder,
  chooseAccount,
  chooseWishes,
  draftMark,
  isSameWishes,
  orderOnItsWay,
  orderSummary,
  ordersOf,
  placeOrder,
  withdrawOrder,
} from '#engine/orders/orders.ts'
import { cancellingTask, orderTask, orderDigest } from '#engine/orders/order-tasks.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  MORE,
  noOrderPage,
  orderAccountPage,
  orderAddressPage,
  orderSummaryPage,
  orderWishesPage,
} from '#edges/pages/orders/order-pages.ts'
import { ORDER, orderWith } from '#edges/pages/frame/security-pages.ts'
import { accountAfter, summaryAfter, wishesFor } from '#edges/pages/orders/order-way.ts'
import { canGoBack } from '#engine/orders/fulfilment.ts'
import { arrivalPage, orderStatusPage } from '#edges/pages/orders/order-status.ts'
import type { FieldError } from '#edges/pages/frame/parts.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'

const isOrder = (text: string): text is OrderId => isId('ord', text)
const Address = z.object({ id: z.string().refine(isOrder) })
const Empty = z.strictObject({})
/** Which draft a form was shown with. */
const Mark = z.string().max(40)
/** A digest of what the summary has shown. */
const Summed = z.strictObject({ order: z.string().max(100), draft: Mark })
const Shown = { draft: Mark, showing: z.string().max(100) }
/** Which device it takes the place of and why, as one radio button says it; `more` for none. */
const WHY_LENGTH_MAX = 60
const Wishes = z.strictObject({
  pin: z.string().max(200),
  again: z.string().max(200),
  ...Shown,
})
const Which = {
  schema: { querystring: z.object({ why: z.string().max(WHY_LENGTH_MAX).default('').catch('') }) },
}
const Wished = { schema: { body: Wishes, ...Which.schema } }

/** What is no such device is found to be none where it is chosen. */
function replacedBy(why: string): Replaced | null {
  const [fault, id] = why.split(' ')
  const known = FAULTS.find((one) => one === fault)
  return known && id !== undefined && isId('aut', id) ? { id, fault: known } : null
}
const Account = z.strictObject({ account: z.string().max(40).default(''), ...Shown })
/** A page that follows a choice shows that choice, or says that there is another by now. */
const Follows = { schema: { querystring: z.object({ draft: Mark.optional().catch(undefined) }) } }
const Answer = z.strictObject({ answer: z.string().max(1_000) })

/** A client orders a security card, one task a page (R116). */
export const orderRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.get(ORDER, Which, async (request, reply) => sendAddress(world, reply, request.query.why))

    app.get(`${ORDER}/pin`, Which, async (request, reply) => {
      const { why } = request.query
      return await sendWishes(world, reply, { why, error: null })
    })

    app.post(`${ORDER}/pin`, Wished, async (request, reply) => {
      const { draft: shown, showing, ...wishes } = request.body
      const { why } = request.query
      const form = { shown, showing, request: wishes, replaces: replacedBy(why) }
      const chosen = await chooseWishes(world, openSession(request), form)
      if (chosen.ok) return reply.redirect(accountAfter(chosen.draft), 303)
      if (chosen.field === undefined) return await sendWhyNot(world, reply, chosen)
      const page = reply.page(wishesFor(why))
      const error = { field: chosen.field, text: page.texts.text(`problem.${chosen.problem}`) }
      reply.code(PROBLEMS[chosen.problem])
      return await sendWishes(world, reply, { why, error })
    })

    app.get(`${ORDER}/account`, Follows, async (request, reply) => {
      const { draft: shown } = request.query
      return await sendAccounts(world, reply, { shown, isWrong: false })
    })

    app.post(`${ORDER}/account`, { schema: { body: Account } }, async (request, reply) => {
      const { account: number, draft: shown, showing } = request.body
      const chosen = await chooseAccount(world, openSession(request), { shown, showing, number })
      if (chosen.ok) return reply.redirect(summaryAfter(chosen.draft), 303)
      if (chosen.problem !== 'order.no-account') return await sendWhyNot(world, reply, chosen)
      reply.code(PROBLEMS[chosen.problem])
      return await sendAccounts(world, reply, { shown, isWrong: true })
    })

    app.get(`${ORDER}/summary`, Follows, async (request, reply) => {
      const { draft: shown } = request.query
      if (shown === undefined) return reply.redirect(ORDER, 303)
      const summary = await orderSummary(world, openSession(request), shown)
      if (!summary.ok) return await sendWhyNot(world, reply, summary)
      const facts = { ...seenBy(world, reply), summary, digest: orderDigest(world, summary) }
      return reply.html(orderSummaryPage(reply.page(summaryAfter(shown)), facts))
    })

    app.post(ORDER, { schema: { body: Summed } }, async (request, reply) => {
      const session = openSession(request)
      const { order: digest, draft: shown } = request.body
      const summary = await orderSummary(world, session, shown)
      if (!summary.ok) return await sendWhyNot(world, reply, summary)
      // What was read on the page, and confirmed, is what would be ordered now: every fact of it.
      if (digest !== orderDigest(world, summary)) {
        if (request.task === null) return reply.redirect(summaryAfter(shown), 303)
        return sendRefusal(reply, { ok: false, problem: 'task.changed' })
      }
      if (!(await requireTask(world, reply, orderTask(world, session, summary)))) return reply
      const placed = await placeOrder(world, session, summary)
      if (!placed.ok) return await sendWhyNot(world, reply, placed)
      return reply.redirect(`/portal/security/orders/${placed.order.id}`, 303)
    })

    await app.register(arrivalRoutes(world))
  }

const about = '/portal/security/orders/:id'

/** What becomes of it: on its way, not wanted any more, here. */
const arrivalRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const shows = { schema: { params: Address } }
    const acts = { schema: { params: Address, body: Empty } }

    app.get(about, shows, async (request, reply) => {
      const { id } = request.params
      const session = openSession(request)
      const order = (await ordersOf(world, session)).find((one) => one.id === id)
      if (!order) return sendRefusal(reply, { ok: false, problem: 'order.not-found' })
      const { subscriberId } = session
      const home = await currentContact(world, { subscriberId, kind: 'postal' })
      const change = await addressChangeOf(world, subscriberId)
      const { orders: rules, calendar } = world.settings
      const estimate = estimateOf(order.orderedAt, order.country, { rules, calendar })
      const cards = await canGoBack(world, session)
      const card = cards.find(({ orderId }) => orderId === id) ?? null
      const facts = { ...seenBy(world, reply), order, card, home, change, ...estimate }
      return reply.html(orderStatusPage(reply.page(), facts))
    })

    app.post(`${about}/withdraw`, acts, async (request, reply) => {
      const { id } = request.params
      const session = openSession(request)
      const order = (await ordersOf(world, session)).find((one) => one.id === id)
      if (!order) return sendRefusal(reply, { ok: false, problem: 'order.not-found' })
      // Where nothing can be called back any more, nothing is confirmed first.
      if (order.state === 'ordered' || order.state === 'packed') {
        const deed = cancellingTask(world, session, order)
        if (!(await requireTask(world, reply, deed))) return reply
      }
      const done = await withdrawOrder(world, session, id)
      // Its own page says where it is by now.
      if (!done.ok && done.problem === 'order.left') {
        return reply.redirect(`/portal/security/orders/${id}`, 303)
      }
      if (!done.ok) return sendRefusal(reply, done)
      return reply.redirect(`/portal/security/orders/${id}`, 303)
    })

    app.post(`${about}/arrival`, acts, async (request, reply) => {
      const { id } = request.params
      const begun = await beginArrival(world, openSession(request), id)
      if (!begun.ok) return sendRefusal(reply, begun)
      return reply.redirect(`/portal/security/orders/${id}/arrival`, 303)
    })

    app.get(`${about}/arrival`, shows, async (request, reply) => {
      return await sendArrival(world, reply, { id: request.params.id, refusal: null })
    })

    app.post(
      `${about}/arrival/answer`,
      { schema: { params: Address, body: Answer } },
      async (request, reply) => {
        const id = request.params.id
        const answer = { response: request.body.answer }
        const done = await answerArrival(world, openSession(request), { id, answer })
        if (done.ok) return reply.redirect(`/portal/security/orders/${id}`, 303)
        return await sendArrival(world, reply, { id, refusal: done })
      },
    )
  }

async function sendAddress(world: World, reply: FastifyReply, why: string): Promise<FastifyReply> {
  const session = openSession(reply.request)
  const begun = await beginOrder(world, session)
  if (!begun.ok) return await sendWhyNot(world, reply, begun)
  const change = await addressChangeOf(world, session.subscriberId)
  const mayMove = (await obstacleToMoving(world, session)) === null
  const facts = { ...seenBy(world, reply), begun, why, change, mayMove }
  return reply.html(orderAddressPage(reply.page(orderWith(why)), facts))
}

async function sendWishes(
  world: World,
  reply: FastifyReply,
  { why, error }: { readonly why: string; readonly error: FieldError | null },
): Promise<FastifyReply> {
  const begun = await beginOrder(world, openSession(reply.request))
  if (!begun.ok) return await sendWhyNot(world, reply, begun)
  const isChosen = replacedBy(why) !== null || (begun.mayAdd && begun.replaceable.length === 0)
  if (!isChosen && !(begun.mayAdd && why === MORE)) return reply.redirect(ORDER, 303)
  const facts = { ...seenBy(world, reply), begun, why, error }
  return reply.html(orderWishesPage(reply.page(wishesFor(why)), facts))
}

async function sendAccounts(
  world: World,
  reply: FastifyReply,
  { shown, isWrong }: { readonly shown: string | undefined; readonly isWrong: boolean },
): Promise<FastifyReply> {
  const begun = await beginOrder(world, openSession(reply.request))
  if (!begun.ok) return await sendWhyNot(world, reply, begun)
  if (!begun.draft) return reply.redirect(`${ORDER}/pin`, 303)
  if (shown === undefined) return reply.redirect(ORDER, 303)
  if (!isSameWishes(begun.draft, shown)) return await sendWhyNot(world, reply, CHANGED)
  const facts = { ...seenBy(world, reply), begun, isWrong }
  const address = accountAfter(draftMark(begun.draft))
  return reply.html(orderAccountPage(reply.page(address), facts))
}

const CHANGED = { ok: false, problem: 'order.changed' } as const

/** These have a page of their own, which says what is left to do. */
const PLAIN: readonly Problem[] = [
  ...(['order.not-entitled', 'order.no-address', 'order.changed'] as const),
  'session.insufficient',
]

async function sendWhyNot(
  world: World,
  reply: FastifyReply,
  refusal: Refusal,
): Promise<FastifyReply> {
  const { problem } = refusal
  if (problem === 'order.begin-again') return reply.redirect(ORDER, 303)
  if (problem === 'order.open') {
    const waiting = await orderOnItsWay(world, openSession(reply.request))
    if (waiting) return reply.redirect(`/portal/security/orders/${waiting.id}`, 303)
  }
  if (!PLAIN.includes(problem)) return sendRefusal(reply, refusal)
  const leastUsd = world.settings.orders.equityUsd
  const facts = { ...seenBy(world, reply), problem, leastUsd }
  return reply.code(PROBLEMS[problem]).html(noOrderPage(reply.page(ORDER), facts))
}

/** These a person can put right on the page; any other answer is a page of its own. */
const HERE: readonly Problem[] = [
  ...(['authenticator.not-proven', 'authenticator.tries-used', 'order.conflict'] as const),
  ...(['login.malformed-answer', 'login.too-late'] as const),
]

/**
 * The proof where one is awaited; where it was wrong, or came too late, another number is drawn.
 */
async function sendArrival(
  world: World,
  reply: FastifyReply,
  { id, refusal }: { readonly id: OrderId; readonly refusal: Refusal | null },
): Promise<FastifyReply> {
  if (refusal && !HERE.includes(refusal.problem)) return sendRefusal(reply, refusal)
  const session = openSession(reply.request)
  const isOver = refusal !== null && refusal.problem !== 'login.malformed-answer'
  if (isOver) {
    const drawn = await beginArrival(world, session, id)
    if (!drawn.ok) return sendRefusal(reply, drawn)
  }
  const viewed = await viewArrival(world, session, id)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  const { open, order } = viewed
  if (!open) return reply.redirect(`/portal/security/orders/${id}`, 303)
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const facts = { ...seenBy(world, reply), order, open, refusal }
  return reply.html(arrivalPage(reply.page(`/portal/security/orders/${id}`), facts))
}
