import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type AuthenticatorId, isId } from '#core/ids.ts'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'
import { answerChange, beginChange, viewChange } from '#engine/devices/change-pin.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { changePage, provePage } from '#edges/pages/devices/change-pages.ts'
import { openSession, requireSession, seenBy } from '#edges/pages/sessions/require-session.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const Address = z.object({ id: z.string().refine((text) => isId('aut', text)) })
const Answer = z.strictObject({ answer: z.string().max(1_000) })

/** These a person can put right on the page; any other answer is a page of its own. */
const HERE: readonly Problem[] = [
  ...(['authenticator.pin-form', 'authenticator.pin-guessable'] as const),
  'authenticator.pin-known',
  ...(['authenticator.not-proven', 'authenticator.conflict', 'login.malformed-answer'] as const),
  ...(['login.too-late', 'login.too-many-challenges', 'authenticator.tries-used'] as const),
]

/** Changing something about a device: what it is to be, and the proof. */
export const changeRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const about = '/portal/security/devices/:id/change'
    app.addHook('onRequest', requireSession(world))

    app.get(about, { schema: { params: Address } }, async (request, reply) => {
      const { id } = request.params
      return await sendForm(world, reply, { id, refusal: null })
    })

    app.post(about, { schema: { params: Address, body: Answer } }, async (request, reply) => {
      const { id } = request.params
      const session = openSession(request)
      const viewed = await viewChange(world, session, { id })
      if (!viewed.ok) return sendRefusal(reply, viewed)
      const asked = { [viewed.change.asks.field.name]: request.body.answer }
      const begun = await beginChange(world, session, { id, request: asked })
      if (begun.ok) return reply.redirect(`/portal/security/devices/${id}/change/proof`, 303)
      return await sendForm(world, reply, { id, refusal: begun })
    })

    app.get(`${about}/proof`, { schema: { params: Address } }, async (request, reply) => {
      const { id } = request.params
      return await sendProof(world, reply, { id, refusal: null })
    })

    app.post(
      `${about}/answer`,
      { schema: { params: Address, body: Answer } },
      async (request, reply) => {
        const { id } = request.params
        const session = openSession(request)
        const viewed = await viewChange(world, session, { id })
        if (!viewed.ok) return sendRefusal(reply, viewed)
        const name = viewed.open?.view.field.name ?? 'answer'
        const answer = { [name]: request.body.answer }
        const done = await answerChange(world, session, { id, answer })
        if (done.ok) return reply.redirect(doneAt('changed'), 303)
        return await sendProof(world, reply, { id, refusal: done })
      },
    )
  }

interface Sending {
  readonly id: AuthenticatorId
  readonly refusal: Refusal | null
}

/**
 * What can be changed now; a refusal that no field of these pages is about is all there is to say.
 */
const viewedAgain = async (world: World, reply: FastifyReply, { id, refusal }: Sending) =>
  refusal && !HERE.includes(refusal.problem)
    ? refusal
    : await viewChange(world, openSession(reply.request), { id })

async function sendForm(
  world: World,
  reply: FastifyReply,
  sending: Sending,
): Promise<FastifyReply> {
  const { id, refusal } = sending
  const viewed = await viewedAgain(world, reply, sending)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const facts = { ...seenBy(world, reply), id, refusal, label: viewed.label }
  const page = reply.page(`/portal/security/devices/${id}`)
  return reply.html(changePage(page, { ...facts, form: viewed.change.asks }))
}

/** The proof where one is awaited; where it was wrong, or came too late, it begins anew. */
async function sendProof(
  world: World,
  reply: FastifyReply,
  sending: Sending,
): Promise<FastifyReply> {
  const { id, refusal } = sending
  const viewed = await viewedAgain(world, reply, sending)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  const { open, label } = viewed
  if (!open && refusal) return await sendForm(world, reply, sending)
  if (!open) return reply.redirect(`/portal/security/devices/${id}/change`, 303)
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const facts = { ...seenBy(world, reply), id, refusal, label }
  return reply.html(provePage(reply.page(`/portal/security/devices/${id}`), { ...facts, open }))
}
