import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { MRZ_LENGTH_MAX } from '#core/documents/review/mrz.ts'
import { readsDocuments, VERDICTS } from '#core/documents/review/review.ts'
import { isId } from '#core/ids.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import {
  decide,
  obstacleTo,
  touchOfVerdict,
  type Verdicted,
} from '#engine/documents/review/decisions.ts'
import { seeSubmission } from '#engine/documents/review/looks.ts'
import { askTouch } from '#engine/desk/touch.ts'
import type { World } from '#engine/world.ts'
import { reviewPage, TURNS, ZOOMS } from '#edges/desk/documents/review-page.ts'
import { verdictPage } from '#edges/desk/documents/verdict-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { sendRefusal } from '#edges/http/problems.ts'

const Address = z.object({ id: z.string().refine((text) => isId('sbm', text)) })

/** How the page is looked at; what makes no sense is how it is at first. */
const Look = z.object({
  page: z.coerce.number().int().min(1).catch(1),
  zoom: z.coerce
    .number()
    .refine((one) => ZOOMS.some((zoom) => zoom === one))
    .catch(ZOOMS[0]),
  turn: z.coerce
    .number()
    .refine((one) => TURNS.some((turn) => turn === one))
    .catch(TURNS[0]),
})

const WORD_LENGTH_MAX = 40
const PRINT_LENGTH = 43
const word = z.string().max(WORD_LENGTH_MAX)
const SAID = {
  verdict: z.enum(VERDICTS).optional(),
  reason: word.default(''),
  date: word.default(''),
  mrz: z.string().max(MRZ_LENGTH_MAX).default(''),
  print: z.string().max(PRINT_LENGTH),
}
const Said = z.strictObject({
  ...SAID,
  checks: z
    .union([word, z.array(word).max(10)])
    .default([])
    .transform((one) => (typeof one === 'string' ? [one] : one)),
})
const Touched = z.strictObject({
  ...SAID,
  verdict: z.enum(VERDICTS),
  checks: z
    .string()
    .max(10 * WORD_LENGTH_MAX)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(' '))),
  ...TOUCH_FIELDS,
})

/** A document beside what is on record, and what is said of it. */
export const reviewRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const config = { roles: readsDocuments }

    app.get(
      '/documents/:id',
      { config, schema: { params: Address, querystring: Look }, exposeHeadRoute: false },
      async (request, reply) => {
        const { id } = request.params
        return await sendReview(world, { request, reply }, { id, look: request.query })
      },
    )

    app.post(
      '/documents/:id/verdict',
      { config, schema: { params: Address, body: Said } },
      async (request, reply) => {
        const { id } = request.params
        const { verdict, print, ...typed } = request.body
        const again = { id, look: Look.parse({}), typed: { ...typed, ...(verdict && { verdict }) } }
        if (!verdict) {
          const problem = 'submission.no-verdict'
          return await sendReview(world, { request, reply }, { ...again, problem })
        }
        const said = { id, verdict, ...typed }
        const obstacle = await obstacleTo(world, memberOf(request), said)
        if (obstacle)
          return await sendReview(
            world,
            { request, reply },
            { ...again, problem: obstacle.problem },
          )
        return await sendVerdict(world, { request, reply }, { said, print, problem: null })
      },
    )

    app.post(
      '/documents/:id/decide',
      { config, schema: { params: Address, body: Touched } },
      async (request, reply) => {
        const { id } = request.params
        const { answer, sealed, print, ...typed } = request.body
        const said = { id, ...typed }
        const touch = touchIn({ answer, sealed })
        const open = memberOf(request)
        const done = await decide(world, { at: 'desk', open, touch, print }, said)
        if (done.ok) {
          const isFirst = typed.verdict === 'accept' && done.submission.status.state === 'checking'
          const name = isFirst ? 'accepted-first' : typed.verdict
          return reply.redirect(`/documents?done=${name}`, 303)
        }
        if (done.problem === 'desk.not-touched')
          return await sendVerdict(
            world,
            { request, reply },
            { said, print, problem: done.problem },
          )
        const again = { id, look: Look.parse({}), typed, problem: done.problem }
        return await sendReview(world, { request, reply }, again)
      },
    )
  }

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Reviewing {
  readonly id: string
  readonly look: z.infer<typeof Look>
  /** What was said before, where that has to be said again. */
  readonly typed?: Partial<Omit<Verdicted, 'id'>>
  readonly problem?: Problem
}

async function sendReview(
  world: World,
  { request, reply }: Exchange,
  { id, look, typed = {}, problem }: Reviewing,
) {
  const seen = await seeSubmission(world, memberOf(request), id)
  // What stood in its way says more than that it is not before them any more.
  if (!seen.ok) return sendRefusal(reply, problem ? { ok: false, problem } : seen)
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), seen, look, typed, problem: problem ?? null }
  return reply.html(reviewPage(reply.page(`/documents/${id}`), facts))
}

async function sendVerdict(
  world: World,
  { request, reply }: Exchange,
  { said, print, problem }: { said: Verdicted; print: string; problem: Problem | null },
) {
  const seen = await seeSubmission(world, memberOf(request), said.id)
  if (!seen.ok) return sendRefusal(reply, seen)
  if (problem) reply.code(PROBLEMS[problem])
  const touch = await askTouch(world, memberOf(request), touchOfVerdict(said, print))
  const facts = { ...seenByMember(world, reply), said, seen, print, touch, problem }
  return reply.html(verdictPage(reply.page(`/documents/${said.id}`), facts))
}
