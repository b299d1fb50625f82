import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Enrolment } from '#core/devices/enrolment.ts'
import { type EnrolmentId, isId } from '#core/ids.ts'
import {
  cancelEnrolment,
  startEnrolment,
  viewEnrolment,
  watchEnrolment,
} from '#engine/devices/enrolment.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import { securityOf } from '#engine/devices/overview.ts'
import { destinationOf, isOpenedIn } from '#engine/login/same-browser.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import { confirmedInOf, liftSession } from '#engine/devices/lift.ts'
import { taskDigest } from '#engine/tasks/tasks.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client/client.ts'
import { earlierHolders } from '#edges/http/client/form-token.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { boundPage } from '#edges/pages/devices/binding-pages.ts'
import { begin, replacedBy, sendView } from '#edges/pages/devices/binding-routes.ts'
import {
  type Codes,
  enrolmentPage,
  lapsedEnrolmentPage,
} from '#edges/pages/devices/enrolment-pages.ts'
import { enter, onwardTo } from '#edges/pages/login/complete.ts'
import {
  BINDING,
  onlyBinds,
  openSession,
  requireSession,
  seenBy,
} from '#edges/pages/sessions/require-session.ts'
import { requireTask, takeTasks } from '#edges/pages/tasks/task-guard.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'
import { doneAt } from '#edges/pages/frame/security-pages.ts'

const Address = z.object({ id: z.string().refine((text) => isId('enr', text)) })
const Wanted = z.strictObject({
  method: z.string().max(40),
  /** It is the device on which the page is read: it goes on there, and no picture is shown. */
  here: z.literal('true').optional(),
  /** What the method asked for first, where it did. */
  answer: z.string().max(1_000).optional(),
  /** The open invitation that this one takes the place of. */
  instead: z
    .string()
    .refine((text) => isId('enr', text))
    .optional(),
})
const Code = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{1,40}$/)
const Viewed = z.object({ view: z.string().max(20).optional().catch(undefined) })
const Shown = z.strictObject({ code: Code, token: Code })

const about = '/portal/security/enrolments/:id'

/**
 * Binding an authenticator that is made elsewhere: a session invites it, and hears when it is done.
 */
export const enrolmentRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.addHook('onRequest', requireSession(world))
    takeTasks(app)

    app.post(
      '/portal/security/enrolments',
      { config: BINDING, schema: { body: Wanted } },
      async (request, reply) => {
        const { method } = request.body
        const confirmation = await confirmedFor(world, reply, request.body)
        if (confirmation === null) return reply
        if (world.methods.get(method)?.enrol) {
          return await begin(world, reply, { ...request.body, ...confirmation })
        }
        const session = openSession(request)
        const started = await startEnrolment(world, session, { method, ...confirmation })
        if (!started.ok) return sendRefusal(reply, started)
        const { enrolment, code, token } = started
        const invited = world.methods.get(method)?.app?.invited(token)
        if (request.body.here && invited !== undefined) return reply.redirect(invited, 303)
        return await sendCodes(world, reply, { enrolment, codes: { code, token }, isEarly: false })
      },
    )

    // Without a script: the codes travel with the button, because they are stored nowhere.
    app.post(
      about,
      { config: BINDING, schema: { params: Address, body: Shown } },
      async (request, reply) => {
        const found = await viewEnrolment(world, openSession(request), request.params.id)
        if (!found.ok) return sendRefusal(reply, found)
        const { enrolment } = found
        if (isOpen(world, enrolment)) {
          return await sendCodes(world, reply, { enrolment, codes: request.body, isEarly: true })
        }
        return await sendEnd(world, reply, enrolment)
      },
    )

    app.get(
      about,
      { config: BINDING, schema: { params: Address, querystring: Viewed } },
      async (request, reply) => {
        const found = await viewEnrolment(world, openSession(request), request.params.id)
        if (!found.ok) return sendRefusal(reply, found)
        const { enrolment } = found
        return enrolment.drawn && isOpen(world, enrolment)
          ? await sendView(world, reply, { id: enrolment.id, name: request.query.view ?? null })
          : await sendEnd(world, reply, enrolment)
      },
    )

    await app.register(endingRoutes(world))
  }

/**
 * A session alone adds nothing: its client confirms what is added, with what they hold, and with
 * the password alone where they hold nothing yet (R023, A9). It is asked only where it may be
 * added, and after what the method asks for first, because that is part of what is confirmed.
 *
 * @returns the digest of what was confirmed, and in which browser, or `null` when an answer has
 *   been sent.
 */
async function confirmedFor(
  world: World,
  reply: FastifyReply,
  { method: name, answer, instead }: z.infer<typeof Wanted>,
): Promise<Confirmation | null> {
  const session = openSession(reply.request)
  const method = world.methods.get(name)
  if (!method) return NOTHING_CONFIRMED
  const allowed = await bindingBy(world, session, method)
  if (!allowed.ok) {
    sendRefusal(reply, allowed)
    return null
  }
  const asks = method.enrol?.asks
  // Nothing is drawn yet: the page on which it is said comes first.
  if (asks && answer === undefined) return NOTHING_CONFIRMED
  const read = asks && method.enrol?.read?.({ [asks.field.name]: answer ?? '' })
  // The page of the field says what is wrong with it, and nothing is drawn.
  if (read && !read.ok) return NOTHING_CONFIRMED
  // Where nothing is asked, nothing that a form holds becomes part of the words.
  const written = asks ? (read?.written ?? answer) : undefined
  const deed = bindingTask(world, session.subscriber.language, { method: name, written })
  const confirmed = taskDigest(world, deed)
  const before = instead && (await findOpenHere(world, reply, instead))
  if (before && before.confirmed === confirmed) {
    return { confirmed, confirmedIn: before.confirmedIn }
  }
  if (!(await requireTask(world, reply, deed))) return null
  const { task } = reply.request
  return { confirmed, confirmedIn: task && (await confirmedInOf(world, session, task)) }
}

type Confirmation = Pick<Enrolment, 'confirmed' | 'confirmedIn'>
const NOTHING_CONFIRMED: Confirmation = { confirmed: null, confirmedIn: null }

/**
 * What was confirmed for one that was not used is confirmed for one that is the same in every fact,
 * in the browser of the session: a copied cookie takes up nothing that its client has begun (A9).
 */
async function findOpenHere(
  world: World,
  { request }: FastifyReply,
  id: EnrolmentId,
): Promise<Enrolment | null> {
  const session = openSession(request)
  if (!(await isOpenedIn(world, session, earlierHolders(world, request)))) return null
  const found = await viewEnrolment(world, session, id)
  return found.ok && isOpen(world, found.enrolment) ? found.enrolment : null
}

/** Giving an invitation up, and hearing that it is over. */
const endingRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      `${about}/cancel`,
      { config: BINDING, schema: { params: Address, body: z.strictObject({}) } },
      async (request, reply) => {
        const session = openSession(request)
        const cancelled = await cancelEnrolment(world, session, request.params.id)
        if (!cancelled.ok) return sendRefusal(reply, cancelled)
        return reply.redirect(doneAt('cancelled'), 303)
      },
    )

    app.get(
      `${about}/events`,
      {
        config: { ...BINDING, isWaiting: true },
        schema: { params: Address },
        exposeHeadRoute: false,
      },
      async (request, reply) => {
        const session = openSession(request)
        const id = request.params.id
        const found = await viewEnrolment(world, session, id)
        if (!found.ok) return sendRefusal(reply, found)
        const stream = eventStream(request, reply, { key: id })
        const lookNow = lookOn(stream, async () => {
          const viewed = await viewEnrolment(world, session, id)
          if (viewed.ok && isOpen(world, viewed.enrolment)) return
          stream.send('moved', { to: `/portal/security/enrolments/${id}` })
          stream.close()
        })
        stream.onClose(watchEnrolment(world, id, lookNow))
        lookNow()
        return reply
      },
    )
  }

const isOpen = (world: World, { state, expiresAt }: Enrolment): boolean =>
  state === 'open' && world.now() < expiresAt

interface Showing {
  readonly enrolment: Enrolment
  readonly codes: Codes
  readonly isEarly: boolean
}

async function sendCodes(
  world: World,
  reply: FastifyReply,
  showing: Showing,
): Promise<FastifyReply> {
  const session = openSession(reply.request)
  const { method: name } = showing.enrolment
  const method = methodNamed(world, name)
  if (!method.app) throw new Error(`${name} is made in no app, and was invited`)
  const replaces = await replacedBy(world, session, method)
  const seen = seenBy(world, reply)
  const { guide } = method
  const { path, invited } = method.app
  const app = { path, invited: invited(showing.codes.token) }
  const facts = { app, guide, isFirst: onlyBinds(session), replaces }
  return reply.html(
    enrolmentPage(reply.page('/portal/security'), { ...seen, ...showing, ...facts }),
  )
}

/** Where an invitation leads that shows no codes any more: on, or to a new one. */
async function sendEnd(
  world: World,
  reply: FastifyReply,
  enrolment: Enrolment,
): Promise<FastifyReply> {
  const session = openSession(reply.request)
  const { authenticators } = await securityOf(world, session)
  const seen = seenBy(world, reply)
  if (enrolment.state === 'used') {
    const { address } = enrolment
    // A letter box cannot be verified on a page.
    if (address && address !== 'postal') return reply.redirect(doneAt(`contact-${address}`), 303)
    const { label, expiresAt = null } =
      authenticators.find(({ id }) => id === enrolment.bound) ?? {}
    // What lasts needs no page of its own; what ends says when (R104).
    if (!label || expiresAt === null) return await goOnWith(world, reply, enrolment)
    const onward = await onwardFrom(world, reply)
    const facts = { ...seen, label, expiresAt, isFirst: onlyBinds(session), onward }
    return reply.html(boundPage(reply.page('/portal/security'), facts))
  }
  const facts = { ...seen, enrolment, isFirst: onlyBinds(session) }
  return reply.html(lapsedEnrolmentPage(reply.page('/portal/security'), facts))
}

/** Where the login was going that has opened this session; `null` where nothing waits for it. */
async function onwardFrom(world: World, reply: FastifyReply) {
  const session = openSession(reply.request)
  const { interaction = null, afterSetUp = session.platform } =
    (await destinationOf(world, session)) ?? {}
  if (interaction === null) return null
  const { language } = reply.page().texts
  return {
    to: onwardTo({ interaction, platform: afterSetUp }),
    platform: platformName(world, afterSetUp, language),
  }
}

/**
 * On with what was bound. A first one leads where its client was going, any other back to where it
 * was set up; where it lifts nothing, the session goes on as it is.
 */
async function goOnWith(
  world: World,
  reply: FastifyReply,
  { id }: Enrolment,
): Promise<FastifyReply> {
  const { request } = reply
  const session = openSession(request)
  const client = clientOf(world, request, reply)
  const leadsTo = onlyBinds(session) ? null : { interaction: null, anew: false, page: BOUND }
  const lifted = await liftSession(world, session, { id, client, leadsTo })
  if (!lifted.ok) return reply.redirect(BOUND, 303)
  return await enter(world, reply, { ...lifted, home: '/portal?done=bound' })
}

const BOUND = doneAt('bound')
