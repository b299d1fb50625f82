import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  ADDRESS_LINES,
  type AddressFaults,
  addressIn,
  type TypedAddress,
} from '#core/contact/address-change.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import {
  askToMove,
  cancelMove,
  homeOf,
  moveTask,
  obstacleToAddressOf,
  obstacleToMoving,
} from '#engine/devices/address-change.ts'
import { refusal, type World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { countryName } from '#edges/texts/countries.ts'
import { type Coming, movingPage, POSTAL_PAGE } from '#edges/pages/contact/address-change-page.ts'
import { doneAt, orderWith } from '#edges/pages/frame/security-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'

/** Longer lines are judged too, so that the client reads what is wrong. */
const line = z.string().max(4_000).default('')
/** Who comes from an order goes back into it, with what was chosen there. */
const WayBack = { from: z.enum(['', 'order']).default(''), why: z.string().max(60).default('') }
const Typed = z.strictObject({ street: line, more: line, town: line, country: line, ...WayBack })
const Query = z.object({ from: WayBack.from.catch(''), why: WayBack.why.catch('') })

const NOTHING_TYPED = Object.fromEntries(
  ADDRESS_LINES.map((name) => [name, '']),
) as unknown as TypedAddress

const AT_THE_FIELD: readonly Problem[] = ['contact.postal', 'contact.same']

const NO_FAULTS: AddressFaults = {}

/**
 * A client has moved: the address is typed, then it is confirmed (R023, S75), and then a document
 * that shows it is sent. Until that is accepted, letters and cards go where they went before.
 */
export const addressChangeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.get(POSTAL_PAGE, { schema: { querystring: Query } }, async (request, reply) => {
      const problem = await obstacleToMoving(world, openSession(request))
      if (problem) return sendRefusal(reply, refusal(problem))
      const { country } = await homeOf(world, openSession(request))
      const typed = { ...NOTHING_TYPED, country: country ?? '' }
      return await sendForm(world, reply, { typed, refusal: null, coming: request.query })
    })

    app.post(POSTAL_PAGE, { schema: { body: Typed } }, async (request, reply) => {
      const { from, why, ...typed } = request.body
      const coming = { from, why }
      const session = openSession(request)
      const { language } = reply.page(POSTAL_PAGE).texts
      const judged = addressIn(typed, (letters) => countryName(language, letters))
      if (!judged.ok) {
        const { faults } = judged
        const wrong = refusal('contact.postal')
        return await sendForm(world, reply, { typed, refusal: wrong, faults, coming })
      }
      const { address } = judged
      const problem = await obstacleToAddressOf(world, session, address)
      if (problem) return await sendForm(world, reply, { typed, refusal: refusal(problem), coming })
      if (!(await requireTask(world, reply, moveTask(address)))) return reply
      const asked = await askToMove(world, session, address)
      return asked.ok
        ? reply.redirect(from === 'order' ? orderWith(why) : doneAt('contact-postal'), 303)
        : await sendForm(world, reply, { typed, refusal: asked, coming })
    })

    app.post(
      `${POSTAL_PAGE}/cancel`,
      { schema: { body: z.strictObject({}) } },
      async (request, reply) => {
        const cancelled = await cancelMove(world, openSession(request))
        return cancelled.ok
          ? reply.redirect(doneAt('contact-postal-cancelled'), 303)
          : sendRefusal(reply, cancelled)
      },
    )
  }

interface Form {
  readonly typed: TypedAddress
  readonly refusal: Refusal | null
  readonly faults?: AddressFaults
  readonly coming: Coming
}

async function sendForm(world: World, reply: FastifyReply, form: Form): Promise<FastifyReply> {
  const { typed, refusal: wrong, faults = NO_FAULTS, coming } = form
  if (wrong && !AT_THE_FIELD.includes(wrong.problem)) return sendRefusal(reply, wrong)
  if (wrong) reply.code(PROBLEMS[wrong.problem])
  const { isOnRecord } = await homeOf(world, openSession(reply.request))
  const facts = { ...seenBy(world, reply), typed, refusal: wrong, faults, isOnRecord, coming }
  return reply.html(movingPage(reply.page(POSTAL_PAGE), facts))
}
