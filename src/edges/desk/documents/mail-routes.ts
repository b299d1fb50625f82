import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { judgesDocuments } from '#core/documents/review/review.ts'
import { PURPOSES } from '#core/documents/submission.ts'
import { isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  type MailVerdict,
  seeMail,
  settleMail,
  touchOfMail,
} from '#engine/documents/review/mails.ts'
import { askTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { mailPage, mailVerdictPage } from '#edges/desk/documents/mail-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const Address = z.object({ id: z.string().refine((text) => isId('mai', text)) })
const ACCOUNT_LENGTH_MAX = 64
const SAID = {
  verdict: z.enum(['assign', 'dismiss']),
  account: z.string().max(ACCOUNT_LENGTH_MAX).default(''),
  purpose: z.enum(PURPOSES).or(z.literal('')).default(''),
  version: z.coerce.number().int().min(1),
}
const Said = z.strictObject(SAID)
const Touched = z.strictObject({ ...SAID, ...TOUCH_FIELDS })

/** A mail that became no documents, and what is said of it. */
export const mailRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: judgesDocuments }

    app.get(
      '/documents/mails/:id',
      { config, schema: { params: Address }, exposeHeadRoute: false },
      async (request, reply) => await sendMail(world, { request, reply }, request.params),
    )

    app.post(
      '/documents/mails/:id/verdict',
      { config, schema: { params: Address, body: Said } },
      async (request, reply) => {
        const said = { ...request.params, ...request.body }
        const problem = obstacleIn(said)
        return problem
          ? await sendMail(world, { request, reply }, { ...said, problem })
          : await sendVerdict(world, { request, reply }, { said, problem: null })
      },
    )

    app.post(
      '/documents/mails/:id/decide',
      { config, schema: { params: Address, body: Touched } },
      async (request, reply) => {
        const { answer, sealed, ...typed } = request.body
        const said = { ...request.params, ...typed }
        const touch = touchIn({ answer, sealed })
        const done = await settleMail(world, memberOf(request), { ...said, touch })
        if (done.ok) {
          const name = said.verdict === 'assign' ? 'assigned' : 'dismissed'
          return reply.redirect(`/documents?done=${name}`, 303)
        }
        const { problem } = done
        return problem === 'desk.not-touched'
          ? await sendVerdict(world, { request, reply }, { said, problem })
          : await sendMail(world, { request, reply }, { ...said, problem })
      },
    )
  }

function obstacleIn({ verdict, account, purpose }: MailVerdict): Problem | null {
  if (verdict === 'dismiss') return null
  if (account.trim() === '') return 'submission.account'
  return purpose === '' ? 'submission.purpose' : null
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function sendMail(
  world: World,
  { request, reply }: Exchange,
  { id, problem, ...typed }: { id: string; problem?: Problem } & Partial<MailVerdict>,
) {
  const seen = await seeMail(world, memberOf(request), id)
  if (!seen.ok) return sendRefusal(reply, problem ? { ok: false, problem } : seen)
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), seen, typed, problem: problem ?? null }
  return reply.html(mailPage(reply.page(`/documents/mails/${id}`), facts))
}

async function sendVerdict(
  world: World,
  { request, reply }: Exchange,
  { said, problem }: { said: MailVerdict; problem: Problem | null },
) {
  if (problem) reply.code(PROBLEMS[problem])
  const touch = await askTouch(world, memberOf(request), touchOfMail(said))
  const facts = { ...seenByMember(world, reply), said, touch, problem }
  return reply.html(mailVerdictPage(reply.page(`/documents/mails/${said.id}`), facts))
}
