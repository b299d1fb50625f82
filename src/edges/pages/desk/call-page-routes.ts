import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'
import { offerCall, openCall } from '#engine/desk/cases/opened-call.ts'
import {
  caseOpenedBy,
  confirmCall,
  denyOpenedCall,
  viewCall,
} from '#engine/desk/cases/page-proofs.ts'
import { watchCase } from '#engine/desk/cases/view.ts'
import type { World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client/client.ts'
import { readSecret } from '#edges/http/client/cookies.ts'
import { formToken, formTokenFor, preSecret } from '#edges/http/client/form-token.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  callConfirmedPage,
  callDeniedPage,
  callPage,
  callQuestionPage,
} from '#edges/pages/desk/call-pages.ts'

const TOKEN_LENGTH_MAX = 256
const SEALED_LENGTH_MAX = 256
const TYPED_LENGTH_MAX = 64
const By = z.object({ by: z.string().max(TOKEN_LENGTH_MAX) })
const Opening = z.strictObject({
  code: z.string().max(TYPED_LENGTH_MAX),
  sealed: z.string().max(SEALED_LENGTH_MAX),
  answer: z.string(),
})
const Confirmed = z.strictObject({
  by: z.string().max(TOKEN_LENGTH_MAX),
  sealed: z.string().max(SEALED_LENGTH_MAX),
  answer: z.string(),
})
const Denied = z.strictObject({ by: z.string().max(TOKEN_LENGTH_MAX) })

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * The page on which a client who calls proves with a passkey who they are. It is asked without a
 * session: the client may be calling because they have none.
 */
export const callPageRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/call', async (_request, reply) => sendForm(world, reply, { code: '', refused: null }))

    const config = { wayOut: () => '/call' }
    app.post('/call', { config, schema: { body: Opening } }, async (request, reply) => {
      const { code, sealed, answer: typed } = request.body
      const client = clientOf(world, request, reply)
      const opened = await openCall(world, { code, sealed, typed, client })
      if (opened.ok) return reply.redirect(questionAt(opened.token), 303)
      return sendForm(world, reply, { code, refused: opened })
    })

    app.get(
      '/call/question',
      { schema: { querystring: By }, exposeHeadRoute: false },
      async (request, reply) =>
        await sendQuestion(world, reply, { token: request.query.by, problem: null }),
    )

    app.get(
      '/call/question/events',
      { schema: { querystring: By }, exposeHeadRoute: false },
      async (request, reply) =>
        await streamQuestion(world, { request, reply }, heldBy(request, request.query.by)),
    )

    app.post('/call/confirm', { config, schema: { body: Confirmed } }, async (request, reply) => {
      const { by: token, sealed, answer: typed } = request.body
      const confirming = { ...heldBy(request, token), sealed, typed }
      const done = await confirmCall(world, confirming)
      if (done.ok) return reply.redirect('/call/confirmed', 303)
      if (!canTryAgain(done.problem)) return sendForm(world, reply, { code: '', refused: done })
      return await sendQuestion(world, reply, { token, problem: done.problem })
    })

    app.post('/call/deny', { config, schema: { body: Denied } }, async (request, reply) => {
      const done = await denyOpenedCall(world, heldBy(request, request.body.by))
      if (done.ok) return reply.redirect('/call/denied', 303)
      return sendForm(world, reply, { code: '', refused: done })
    })

    app.get('/call/confirmed', async (_request, reply) =>
      reply.html(callConfirmedPage(reply.page('/call/confirmed'))),
    )
    app.get('/call/denied', async (_request, reply) =>
      reply.html(callDeniedPage(reply.page('/call/denied'))),
    )
  }

const questionAt = (token: string): string => `/call/question?by=${encodeURIComponent(token)}`

const heldBy = (request: FastifyRequest, token: string) => ({
  token,
  holder: readSecret(request, 'pre') ?? '',
})

const canTryAgain = (problem: Problem): boolean =>
  problem === 'call.not-confirmed' || problem === 'login.malformed-answer'

function sendForm(
  world: World,
  reply: FastifyReply,
  { code, refused }: { readonly code: string; readonly refused: Refusal | null },
): FastifyReply {
  const { problem = null, until } = refused ?? {}
  if (problem) reply.code(PROBLEMS[problem])
  if (until !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil((until - world.now()) / 1_000)))
  // Of a browser that has none yet there is one, and both go by it.
  const pre = preSecret(world, reply.request, reply)
  const token = formToken(world, reply.server.realm, pre)
  const offered = offerCall(world, pre)
  return reply.html(callPage(reply.page('/call'), { token, code, offered, problem }))
}

async function sendQuestion(
  world: World,
  reply: FastifyReply,
  { token, problem }: { readonly token: string; readonly problem: Problem | null },
): Promise<FastifyReply> {
  const viewed = await viewCall(world, heldBy(reply.request, token))
  if (!viewed.ok) return sendForm(world, reply, { code: '', refused: viewed })
  if (problem) reply.code(PROBLEMS[problem])
  const address = questionAt(token)
  const form = formTokenFor(world, reply)
  const facts = { question: viewed, token: form, by: token, address, problem }
  return reply.html(callQuestionPage(reply.page(address), facts))
}

/**
 *   moved  the call is over, or was answered in another window
 */
async function streamQuestion(
  world: World,
  { request, reply }: Exchange,
  opened: { readonly token: string; readonly holder: string },
): Promise<FastifyReply> {
  const caseId = await caseOpenedBy(world, opened)
  if (!caseId) return sendRefusal(reply, { ok: false, problem: 'call.over' })
  const { text } = reply.page().texts
  const stream = eventStream(request, reply, { key: `call ${caseId}` })
  const look = async () => {
    if (await caseOpenedBy(world, opened)) return
    stream.send('moved', { status: text('problem.call.over') })
    stream.close()
  }
  const lookSafely = () => void look().catch(() => stream.close())
  stream.onClose(watchCase(world, caseId, lookSafely))
  // A hint can get lost between nodes.
  stream.onBeat(lookSafely)
  lookSafely()
  return reply
}
