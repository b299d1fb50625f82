import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type EnrolmentId, isId } from '#core/ids.ts'
import { PROBLEMS, type Refusal } from '#core/problems.ts'
import {
  answerOnPage,
  drawAgain,
  knownAddress,
  startOnPage,
  viewOnPage,
} from '#engine/devices/enrolment-on-page.ts'
import { securityOf } from '#engine/devices/overview.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { CONTACT_GUIDE } from '#edges/pages/help/help-articles.ts'
import {
  askingPage,
  beginningPage,
  bindingPage,
  seenPage,
} from '#edges/pages/devices/binding-pages.ts'
import {
  BINDING,
  onlyBinds,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'

const Address = z.object({ id: z.string().refine((text) => isId('enr', text)) })
const Wanted = z.object({ method: z.string().max(40) })
const Answer = z.strictObject({ answer: z.string().max(20_000), view: z.string().max(20) })
const Way = z.strictObject({ way: z.string().max(20) })

/**
 * Binding an authenticator here: what it asks first, what it shows, and the proof that it is held.
 */
export const bindingRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    const about = '/portal/security/enrolments/:id'

    app.get(
      '/portal/security/enrolments/new',
      { config: BINDING, schema: { querystring: Wanted } },
      async (request, reply) => await sendAsking(world, reply, { method: request.query.method }),
    )

    app.post(
      `${about}/answer`,
      { config: BINDING, schema: { params: Address, body: Answer } },
      async (request, reply) => {
        const { id } = request.params
        const { answer, view } = request.body
        const answered = await answerOnPage(world, openSession(request), { id, answer })
        if (answered.ok) return reply.redirect(`/portal/security/enrolments/${id}`, 303)
        return await sendView(world, reply, { id, name: view, refusal: answered })
      },
    )

    app.post(
      `${about}/again`,
      { config: BINDING, schema: { params: Address, body: Way } },
      async (request, reply) => {
        const { id } = request.params
        const { way } = request.body
        const drawn = await drawAgain(world, openSession(request), { id, way })
        if (drawn.ok) return reply.redirect(`/portal/security/enrolments/${id}`, 303)
        return await sendView(world, reply, { id, name: null, refusal: drawn })
      },
    )
  }

interface Beginning {
  readonly method: string
  readonly answer?: string | undefined
  /** A digest of what was confirmed for it. */
  readonly confirmed: string | null
  /** The browser in which it was confirmed. */
  readonly confirmedIn: string | null
}

/** What the method wants to know first is asked on a page of its own; then it draws. */
export async function begin(
  world: World,
  reply: FastifyReply,
  { method, answer, confirmed, confirmedIn }: Beginning,
): Promise<FastifyReply> {
  const asks = world.methods.get(method)?.enrol?.asks
  if (asks && answer === undefined) {
    return reply.redirect(`/portal/security/enrolments/new?method=${method}`, 303)
  }
  const request = asks ? { [asks.field.name]: answer } : null
  const started = await startOnPage(world, openSession(reply.request), {
    method,
    request,
    confirmed,
    confirmedIn,
  })
  if (started.ok) return reply.redirect(`/portal/security/enrolments/${started.enrolment.id}`, 303)
  if (!asks) return sendRefusal(reply, started)
  return await sendAsking(world, reply, { method, refusal: started, typed: answer ?? '' })
}

async function sendAsking(
  world: World,
  reply: FastifyReply,
  {
    method,
    refusal = null,
    typed = '',
  }: { readonly method: string; readonly refusal?: Refusal | null; readonly typed?: string },
): Promise<FastifyReply> {
  const found = world.methods.get(method)
  const form = found?.enrol?.asks
  if (found?.bind) {
    const binding = await bindingBy(world, openSession(reply.request), found)
    const replaces = await replacedBy(world, openSession(reply.request), found)
    const facts = { ...seen(world, reply), method, guide: found.guide, binding, replaces }
    return reply.html(beginningPage(reply.page('/portal/security'), facts))
  }
  if (!form) return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
  if (refusal) reply.code(PROBLEMS[refusal.problem])
  const known = await knownAddress(world, openSession(reply.request), method)
  const sent = { to: '/portal/security/enrolments', carries: { method }, known }
  const facts = { ...seen(world, reply), ...sent, form, guide: found.guide, refusal, typed }
  return reply.html(askingPage(reply.page('/portal/security'), facts))
}

/** The name of the device that another one of its kind takes the place of, or `null`. */
export async function replacedBy(
  world: World,
  session: OpenSession,
  { name, onePerSubscriber }: { readonly name: string; readonly onePerSubscriber?: boolean },
): Promise<string | null> {
  if (!onePerSubscriber) return null
  const { authenticators } = await securityOf(world, session)
  const held = authenticators.find((one) => one.method === name && one.lifecycle !== 'revoked')
  return held?.label ?? null
}

interface Viewing {
  readonly id: EnrolmentId
  readonly name: string | null
  readonly refusal?: Refusal & { readonly triesLeft?: number }
}

/** A page of an open invitation, with what went wrong just now. */
export async function sendView(
  world: World,
  reply: FastifyReply,
  { id, name, refusal }: Viewing,
): Promise<FastifyReply> {
  const viewed = await viewOnPage(world, openSession(reply.request), { id, name })
  const facts = seen(world, reply)
  const page = reply.page('/portal/security')
  if (viewed.ok) {
    if (refusal) reply.code(PROBLEMS[refusal.problem])
    const { address, method } = viewed.enrolment
    const guide = address === undefined ? world.methods.get(method)?.guide : CONTACT_GUIDE
    return reply.html(bindingPage(page, { ...facts, ...viewed, guide, refusal: refusal ?? null }))
  }
  if ('enrolment' in viewed) {
    const { method } = viewed.enrolment
    const told = { ...facts, id, method, next: viewed.next }
    return reply.code(PROBLEMS['enrolment.seen']).html(seenPage(page, told))
  }
  // It is over: its own address says how it ended.
  const isOver = viewed.problem === 'enrolment.expired' || PROBLEMS[viewed.problem] === 403
  if (isOver && refusal) return reply.redirect(`/portal/security/enrolments/${id}`, 303)
  return sendRefusal(reply, viewed)
}

const seen = (world: World, reply: FastifyReply) => ({
  ...seenBy(world, reply),
  isFirst: onlyBinds(openSession(reply.request)),
})
