import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type CaseId, isId } from '#core/ids.ts'
import type { Pressure } from '#core/desk/verification.ts'
import { PROBLEMS, type Problem } from '#core/problems.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { casePage } from '#edges/desk/cases/case-page.ts'
import { memberOf, seenByMember } from '#edges/desk/frame/session.ts'

/** What was just done, as the page of the case says it. */
export const DONE = ['proven', 'noted', 'acted', 'asked', 'unmasked', 'queued'] as const

export const Address = z.object({ id: z.string().refine((text) => isId('cas', text)) })

export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Shown {
  readonly id: CaseId
  readonly done: string | null
  /** What the caller has just said to have a step skipped. */
  readonly said?: Pressure | null
  readonly problem: Problem | null
}

/** The case as it is now, with what stands in the way. */
export async function sendCase(
  world: World,
  { request, reply }: Exchange,
  { id, done, said = null, problem }: Shown,
) {
  const view = await viewCase(world, memberOf(request), id)
  if (!view.ok) return sendRefusal(reply, view)
  if (problem) reply.code(PROBLEMS[problem])
  const facts = { ...seenByMember(world, reply), view, done, said, problem }
  return reply.html(casePage(reply.page(`/cases/${id}`), facts))
}

/** Back to the case, or the case with what stands in the way. */
export async function moveOn(
  world: World,
  exchange: Exchange,
  {
    id,
    done,
    outcome,
  }: {
    readonly id: CaseId
    readonly done: (typeof DONE)[number] | null
    readonly outcome: { readonly ok: true } | { readonly ok: false; readonly problem: Problem }
  },
) {
  if (!outcome.ok) {
    return await sendCase(world, exchange, { id, done: null, problem: outcome.problem })
  }
  const said = done === null ? '' : `?done=${done}`
  return exchange.reply.redirect(`/cases/${id}${said}`, 303)
}
