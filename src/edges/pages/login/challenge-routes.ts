import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId, type LoginId } from '#core/ids.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { findLeft } from '#engine/login/same-browser.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { type Held, type LoginView, viewLogin } from '#engine/login/view.ts'
import { methodNamed, type World } from '#engine/world.ts'
import { readSecret, sessionOf } from '#edges/http/client/cookies.ts'
import { earlierHolders, formTokenFor } from '#edges/http/client/form-token.ts'
import type { LeadOn } from '#edges/http/origin-guard.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { claim, enter, goHome, leadOn } from '#edges/pages/login/complete.ts'
import { sendForm } from '#edges/pages/login/password-routes.ts'
import { contextOfLogin, loginAddress } from '#edges/pages/sessions/login-context.ts'
import { refusedPage } from '#edges/pages/login/login-endings.ts'
import {
  overduePage,
  pickerPage,
  promptPage,
  type Step,
  withdrawnPage,
} from '#edges/pages/login/login-steps.ts'
import { streamLogin } from '#edges/pages/login/login-stream.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'

const params = z.object({ id: z.string().refine((text) => isId('log', text)) })
const isProblem = (text: string): text is Problem => Object.hasOwn(PROBLEMS, text)

/** What the page of a login may be asked for; what an address has beyond this is passed over. */
const Shown = z.object({
  view: z.string().max(20).optional().catch(undefined),
  /** What went wrong with the form that led here. */
  problem: z.string().refine(isProblem).optional().catch(undefined),
})
const Asked = z.strictObject({
  authenticator: z.string().refine((text) => isId('aut', text)),
  way: z.string().max(20).optional(),
})
const Answer = z.strictObject({
  answer: z.string(),
  view: z.string().max(20),
  /** The button that goes on to a card which is printed. */
  next: z.literal('print').optional(),
})
const Since = z.strictObject({
  since: z.coerce.number().int(),
  withdrawn: z.literal('true').optional(),
})

/**
 * The second step, from the choice to the session. Looking at a login is what takes the session.
 */
export const stepRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      '/login/:id',
      { schema: { params, querystring: Shown }, exposeHeadRoute: false },
      async (request, reply) => {
        const viewed = await viewLogin(world, heldBy(request, request.params.id))
        if (!viewed.ok) return await sendLeft(world, reply, { ...viewed, id: request.params.id })
        const { view = null, problem = null } = request.query
        return await sendLogin(world, reply, { viewed, name: view, problem })
      },
    )

    const config = { leadOn: toPage }
    app.post(
      '/login/:id/challenge',
      { config, schema: { params, body: Asked } },
      async (request, reply) => {
        const { authenticator, way = null } = request.body
        const held = heldBy(request, request.params.id)
        const opened = await openChallenge(world, {
          ...held,
          way,
          authenticatorId: authenticator,
        })
        const isShown =
          opened.ok || isStateOf(opened.problem) || opened.problem === 'login.conflict'
        if (isShown) return reply.redirect(`/login/${held.id}`, 303)
        return await sendPicker(world, reply, { held, ...opened })
      },
    )

    app.post(
      '/login/:id/answer',
      { config, schema: { params, body: Answer } },
      async (request, reply) => {
        const held = heldBy(request, request.params.id)
        return await answer(world, reply, { held, ...request.body })
      },
    )

    // Without a script the page cannot move on by itself; this button looks whether it may.
    app.post(
      '/login/:id/continue',
      { config, schema: { params, body: z.strictObject({}) } },
      async (request, reply) => {
        const { id } = request.params
        return reply.redirect(`/login/${id}?problem=login.not-completed`, 303)
      },
    )

    app.get(
      '/login/:id/events',
      { schema: { params, querystring: Since }, exposeHeadRoute: false },
      async (request, reply) => {
        const held = heldBy(request, request.params.id)
        const { since, withdrawn } = request.query
        const shown = { held, since, isWithdrawn: withdrawn === 'true' }
        return await streamLogin(world, { request, reply }, shown)
      },
    )
  }

const heldBy = (request: FastifyRequest, id: string): Held => ({
  id: id as LoginId,
  holder: readSecret(request, 'pre') ?? '',
})

/**
 * A form that was opened before the last login of this browser changes nothing: its page says what
 * is next.
 */
const toPage: LeadOn = async (request, reply) => {
  const asked = params.safeParse(request.params)
  if (!asked.success) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
  return reply.redirect(`/login/${asked.data.id}`, 303)
}

/**
 * A login that is not held by this browser: one that it left behind is led on. Any other does not
 * exist, and a client who is logged in goes on to where that is, whatever login was asked for.
 */
async function sendLeft(
  world: World,
  reply: FastifyReply,
  { id, ...refusal }: Refusal & { readonly id: string },
): Promise<FastifyReply> {
  const holders = earlierHolders(world, reply.request)
  const left = await findLeft(world, { id: id as LoginId, holders })
  const session = await sessionOf(world, reply.request)
  if (!left && session) return goHome(world, reply, session.platform)
  if (!left) return sendRefusal(reply, refusal)
  if (await leadOn(world, reply, left)) return reply
  const { userName, environment } = left
  return sendForm(world, reply, {
    context: contextOfLogin(left),
    userName,
    environment,
    problem: { kind: 'left', as: session?.subscriber.userName ?? null },
  })
}

interface Viewed {
  readonly viewed: LoginView
  readonly name: string | null
  readonly problem: Problem | null
}

/** A login as it stands now: the page that belongs to its state. */
async function sendLogin(world: World, reply: FastifyReply, shown: Viewed): Promise<FastifyReply> {
  const { viewed, name, problem } = shown
  const { login } = viewed
  const page = reply.page()
  reply.request.wayOut = loginAddress(contextOfLogin(login))
  switch (login.state) {
    case 'started':
      return sendRefusal(reply, { ok: false, problem: 'login.not-found' })
    case 'completed':
      return await claim(world, reply, login)
    case 'refused':
      return reply.html(
        refusedPage(page, login, platformName(world, login.platform, page.texts.language)),
      )
    case 'expired':
      if (login.task) return reply.redirect(`/tasks/${login.task.id}`, 303)
      if (login.resets) return reply.redirect('/reset', 303)
      return sendForm(world, reply, {
        context: contextOfLogin(login),
        userName: login.userName,
        environment: login.environment,
        problem: { kind: 'lapsed' },
      })
    case 'choosing':
      return reply.html(picker(world, reply, { ...stepOf(world, reply, viewed), problem }))
    case 'challenged': {
      const step = { ...stepOf(world, reply, viewed), problem }
      if (name === 'choose') return reply.html(picker(world, reply, step))
      const view = viewed.views.find((one) => one.name === name) ?? viewed.views[0]
      if (!view) throw new Error('a challenge that shows nothing')
      const isWithdrawn = login.challenge.withdrawnAt !== undefined && view.waits !== undefined
      const end = view.waits ? view.waits.until : login.challenge.expiresAt
      const drawn = { ...step, login, view, receipts: viewed.receipts }
      if (isWithdrawn) return reply.html(withdrawnPage(page, drawn))
      return reply.html(world.now() < end ? promptPage(page, drawn) : overduePage(page, drawn))
    }
  }
}

function stepOf(world: World, reply: FastifyReply, { login, choices }: LoginView): Step {
  const token = formTokenFor(world, reply)
  const prints = printedMethod(world) !== null
  return { login, choices, token, prints, problem: null, until: null }
}

/** What a client can print to log in with, or `null` where there is nothing. */
const printedMethod = ({ methods }: World): string | null =>
  [...methods.values()].find(({ printed }) => printed)?.name ?? null

const picker = (world: World, reply: FastifyReply, step: Step) =>
  pickerPage(reply.page(), step, (method) => methodNamed(world, method))

/** The authenticator that was chosen cannot be asked now: the others are shown, and why. */
async function sendPicker(
  world: World,
  reply: FastifyReply,
  {
    held,
    problem,
    until,
  }: { readonly held: Held; readonly problem: Problem; readonly until?: number },
): Promise<FastifyReply> {
  const viewed = await viewLogin(world, held)
  if (!viewed.ok) return sendRefusal(reply, viewed)
  const step = {
    ...stepOf(world, reply, viewed),
    problem,
    until: until === undefined ? null : instant(until),
  }
  return reply.code(PROBLEMS[problem]).html(picker(world, reply, step))
}

/** Problems that the page of the login tells by itself, because they are its state. */
const STATES: readonly Problem[] = [
  'login.not-choosing',
  'login.not-challenged',
  'login.too-late',
  'login.expired',
  'login.too-many-wrong-answers',
  'login.authenticator-locked',
  'login.denied',
  'login.not-me',
]

const isStateOf = (problem: Problem): boolean => STATES.includes(problem)

interface Answering {
  readonly held: Held
  readonly answer: string
  readonly view: string
  readonly next?: 'print' | undefined
}

/** A typed answer. A wrong one brings a new challenge at once, because the old one is used up. */
async function answer(world: World, reply: FastifyReply, typed: Answering): Promise<FastifyReply> {
  const { held, view, next } = typed
  const page = `/login/${held.id}`
  const answered = await answerLogin(world, { ...held, typed: { view, text: typed.answer } })
  if (answered.ok) {
    if (answered.token === null) return reply.redirect(page, 303)
    const setsUp = next ? printedMethod(world) : null
    return await enter(world, reply, { ...answered, token: answered.token, setsUp })
  }
  const { problem, asked } = answered
  const again = `${page}?view=${view}&problem=${problem}`
  if (problem === 'login.malformed-answer') return reply.redirect(again, 303)
  if (isStateOf(problem) || problem === 'login.conflict') return reply.redirect(page, 303)
  const state = answered.login?.state
  // What may be answered again is not asked again: the page says what was wrong with the answer.
  if (state === 'challenged') return reply.redirect(again, 303)
  const isAskedAgain = problem === 'login.wrong-answer' || state === 'choosing'
  if (!isAskedAgain || !asked) return sendRefusal(reply, answered)
  // In the way in which it was answered: a client who typed a response is not sent to the device
  // again.
  const opened = await openChallenge(world, { ...held, authenticatorId: asked, way: view })
  if (opened.ok || isStateOf(opened.problem)) return reply.redirect(again, 303)
  return await sendPicker(world, reply, { held, ...opened })
}
