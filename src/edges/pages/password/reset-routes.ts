import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId, type LoginId } from '#core/ids.ts'
import { type Problem, PROBLEMS } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { findLeft } from '#engine/login/same-browser.ts'
import { beginReset, completeReset, viewReset } from '#engine/password/reset.ts'
import type { World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client/client.ts'
import { readSecret } from '#edges/http/client/cookies.ts'
import { earlierHolders, formTokenFor } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import type { Flawed } from '#edges/pages/password/password-page.ts'
import { resetDonePage, resetPage, resetPasswordPage } from '#edges/pages/password/reset-page.ts'

const Address = z.object({ id: z.string().refine((text) => isId('log', text)) })
const Typed = z.strictObject({ userName: z.string(), code: z.string() })
const Chosen = z.strictObject({ password: z.string(), userName: z.string().optional() })

/**
 * A forgotten password: the code of the desk, the second factor, then another password (R030, S18).
 */
export const resetRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/reset', async (_request, reply) =>
      sendForm(world, reply, { userName: '', problem: null }),
    )

    app.post('/reset', { schema: { body: Typed } }, async (request, reply) => {
      const { userName, code } = request.body
      if (userName.trim() === '' || code.trim() === '') {
        return sendForm(world, reply, { userName, problem: 'empty' })
      }
      const client = clientOf(world, request, reply)
      const begun = await beginReset(world, { userName, code, client })
      if (begun.ok) return reply.redirect(`/login/${begun.login.id}`, 303)
      return sendForm(world, reply, { userName, ...begun })
    })

    app.get('/reset/done', async (_request, reply) => reply.html(resetDonePage(reply.page())))

    app.get(
      '/reset/:id',
      { schema: { params: Address }, exposeHeadRoute: false },
      async (request, reply) =>
        await sendChoice(world, reply, { id: request.params.id, flawed: null }),
    )

    app.post(
      '/reset/:id',
      { schema: { params: Address, body: Chosen } },
      async (request, reply) => {
        const { id } = request.params
        const { password } = request.body
        if (password === '') {
          return await sendChoice(world, reply, { id, flawed: { flaw: 'empty', minimum: 0 } })
        }
        const done = await completeReset(world, { ...heldBy(reply, id), password })
        if (done.ok) return reply.redirect('/reset/done', 303)
        if (done.flaw === undefined) return sendRefusal(reply, done)
        return await sendChoice(world, reply, { id, flawed: done })
      },
    )
  }

const heldBy = ({ request }: FastifyReply, id: string) => ({
  id: id as LoginId,
  holder: readSecret(request, 'pre') ?? '',
})

interface Shown {
  readonly userName: string
  readonly problem: Problem | 'empty' | null
  readonly until?: number
}

function sendForm(world: World, reply: FastifyReply, shown: Shown): FastifyReply {
  const { userName, problem, until } = shown
  const token = formTokenFor(world, reply)
  if (problem) reply.code(problem === 'empty' ? 400 : PROBLEMS[problem])
  if (until !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil((until - world.now()) / 1_000)))
  const end = until === undefined ? null : instant(until)
  return reply.html(resetPage(reply.page('/reset'), { token, userName, problem, until: end }))
}

async function sendChoice(
  world: World,
  reply: FastifyReply,
  { id, flawed }: { readonly id: string; readonly flawed: Flawed | null },
): Promise<FastifyReply> {
  const held = heldBy(reply, id)
  const viewed = await viewReset(world, held)
  if (!viewed.ok) {
    // The client has logged in in another tab since: a reset is begun again, with the same code.
    const left = await findLeft(world, { ...held, holders: earlierHolders(world, reply.request) })
    return left ? reply.redirect('/reset', 303) : sendRefusal(reply, viewed)
  }
  if (flawed) reply.code(PROBLEMS['subscriber.weak-password'])
  const token = formTokenFor(world, reply)
  const { userName } = viewed.login
  return reply.html(resetPasswordPage(reply.page(), { token, id, userName, flawed }))
}
