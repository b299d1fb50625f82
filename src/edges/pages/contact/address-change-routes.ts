import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ADDRESS_LINES, addressIn, type TypedAddress } from '#core/contact/address-change.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import {
  askToMove,
  cancelMove,
  moveTask,
  obstacleToAddressOf,
  obstacleToMoving,
} from '#engine/devices/address-change.ts'
import { refusal, type World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { movingPage, POSTAL_PAGE } from '#edges/pages/contact/address-change-page.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'

/** Longer lines are judged too, so that the client reads what is wrong. */
const line = z.string().max(500).default('')
const Typed = z.strictObject({ street: line, more: line, town: line, country: line })

const NOTHING_TYPED = Object.fromEntries(
  ADDRESS_LINES.map((name) => [name, '']),
) as unknown as TypedAddress

const AT_THE_FIELD: readonly Problem[] = ['contact.postal', 'contact.same']

/**
 * A client has moved: the address is typed, then it is confirmed (R023, S75), and then a document
 * that shows it is sent. Until that is accepted, letters and cards go where they went before.
 */
export const addressChangeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.get(POSTAL_PAGE, async (request, reply) => {
      const problem = await obstacleToMoving(world, openSession(request))
      return problem
        ? sendRefusal(reply, refusal(problem))
        : sendForm(world, reply, { typed: NOTHING_TYPED, refusal: null })
    })

    app.post(POSTAL_PAGE, { schema: { body: Typed } }, async (request, reply) => {
      const { body: typed } = request
      const session = openSession(request)
      const address = addressIn(typed)
      const problem =
        address === null ? 'contact.postal' : await obstacleToAddressOf(world, session, address)
      if (problem || address === null)
        return sendForm(world, reply, { typed, refusal: refusal(problem ?? 'contact.postal') })
      if (!(await requireTask(world, reply, moveTask(address)))) return reply
      const asked = await askToMove(world, session, address)
      return asked.ok
        ? reply.redirect(doneAt('contact-postal'), 303)
        : sendForm(world, reply, { typed, refusal: asked })
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
}

function sendForm(
  world: World,
  reply: FastifyReply,
  { typed, refusal: wrong }: Form,
): FastifyReply {
  if (wrong && !AT_THE_FIELD.includes(wrong.problem)) return sendRefusal(reply, wrong)
  if (wrong) reply.code(PROBLEMS[wrong.problem])
  const facts = { ...seenBy(world, reply), typed, refusal: wrong }
  return reply.html(movingPage(reply.page(POSTAL_PAGE), facts))
}
