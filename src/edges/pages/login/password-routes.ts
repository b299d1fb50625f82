import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ENVIRONMENTS, type Environment, userNameKey } from '#core/subscribers/account.ts'
import { PROBLEMS, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { startIdentified } from '#engine/login/identify.ts'
import { offerLogin } from '#engine/login/passkey-offer.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import {
  forgetName,
  rememberedName,
  type RememberedName,
} from '#engine/login/recognised-browser.ts'
import { startLogin } from '#engine/login/start.ts'
import { type StatusNow, statusNow } from '#engine/status/status.ts'
import type { World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client/client.ts'
import { readSecret, sessionOf } from '#edges/http/client/cookies.ts'
import { formToken, preSecret } from '#edges/http/client/form-token.ts'
import type { LeadOn } from '#edges/http/origin-guard.ts'
import { languageOf } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { enter, goOn } from '#edges/pages/login/complete.ts'
import {
  bindsIn,
  contextField,
  contextIn,
  contextOf,
  destinationIn,
  Leads,
  loginAddress,
  type LoginContext,
  markOf,
} from '#edges/pages/sessions/login-context.ts'
import { turnedAwayPage } from '#edges/pages/login/login-endings.ts'
import {
  type LoginForm,
  loginPage,
  type LoginProblem,
  otherAccountPage,
  staysAtForm,
} from '#edges/pages/login/login-form.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'

const Start = Leads.extend({ environment: z.enum(ENVIRONMENTS).optional().catch(undefined) })
const CONTEXT_LENGTH_MAX = 512
const Credentials = z.strictObject({
  userName: z.string(),
  password: z.string(),
  environment: z.enum(ENVIRONMENTS),
  continue: z.string().max(CONTEXT_LENGTH_MAX),
})

const Identified = z.strictObject({
  answer: z.string(),
  offer: z.string().max(2_048),
  environment: z.enum(ENVIRONMENTS),
  continue: z.string().max(CONTEXT_LENGTH_MAX),
})

const NotYou = z.strictObject({ continue: z.string().max(CONTEXT_LENGTH_MAX) })

/** What counts of a form that was opened before the last login of its browser. */
const Left = z.object({
  userName: z.string().max(256).default('').catch(''),
  environment: z.enum(ENVIRONMENTS).default('live').catch('live'),
  continue: z.string().max(CONTEXT_LENGTH_MAX),
})

/** The first step of every login: user name and password, or what says by itself whose it is. */
export const formRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/login', { schema: { querystring: Start } }, async (request, reply) => {
      const { environment, ...leads } = request.query
      const context = contextOf(leads)
      if (!world.platforms.has(context.platform)) {
        return sendRefusal(reply, { ok: false, problem: 'login.unknown-platform' })
      }
      const session = await sessionOf(world, request)
      if (session && isServed(world, session, context)) return await goOn(world, reply, context)
      return sendForm(world, reply, { context, ...(environment && { environment }) })
    })

    const config = { leadOn: leadFormOn(world), wayOut: formBehind(world) }
    app.post('/login', { config, schema: { body: Credentials } }, async (request, reply) => {
      const context = contextIn(world, request.server.realm, request.body.continue)
      if (!context) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
      return await begin(world, reply, { context, ...request.body })
    })

    const behind = { leadOn: toForm(world), wayOut: formBehind(world) }
    app.post(
      '/login/not-you',
      { config: behind, schema: { body: NotYou } },
      async (request, reply) => {
        await forgetName(world, readSecret(request, 'browser'))
        return reply.redirect(formBehind(world)(request) ?? '/login', 303)
      },
    )

    app.post(
      '/login/identified',
      { config, schema: { body: Identified } },
      async (request, reply) => {
        const context = contextIn(world, request.server.realm, request.body.continue)
        if (!context) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
        return await identify(world, reply, { context, ...request.body })
      },
    )
  }

/**
 * Whether an open session may lead on from the form. At a relying party that is decided where its
 * request waits; a session that was found too little there is not sent again.
 */
function isServed(
  world: World,
  session: OpenSession,
  { interaction, platform, tried }: LoginContext,
): boolean {
  if (interaction !== null) return tried !== markOf(world, session)
  return platform === 'portal' && session.decision.rights.portal !== 'closed'
}

/** The form again, as empty as it was, with where it leads. */
const formBehind =
  (world: World) =>
  ({ body, server }: FastifyRequest): string | null => {
    const left = Left.safeParse(body)
    const context = left.success ? contextIn(world, server.realm, left.data.continue) : null
    return context && loginAddress(context)
  }

/** A client logged in in another tab since the form was opened: on with that, or the form again. */
const leadFormOn =
  (world: World): LeadOn =>
  async (request, reply) => {
    const left = Left.safeParse(request.body)
    const context = left.success ? contextIn(world, request.server.realm, left.data.continue) : null
    if (!left.success || !context) {
      return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
    }
    const { userName, environment } = left.data
    const session = await sessionOf(world, request)
    if (session && isServed(world, session, context) && isNamed(session, userName)) {
      return await goOn(world, reply, context)
    }
    const isOther = session !== null && !isNamed(session, userName)
    const problem = { kind: 'left', as: isOther ? session.subscriber.userName : null } as const
    return sendForm(world, reply.code(PROBLEMS['request.other-login']), {
      context,
      userName,
      environment,
      problem,
    })
  }

/** A form that was opened before the last login changes nothing; the form comes again. */
const toForm =
  (world: World): LeadOn =>
  async (request, reply) =>
    reply.redirect(formBehind(world)(request) ?? '/login', 303)

/** Whether the session is of the client whose user name was typed, if any was. */
const isNamed = ({ subscriber }: OpenSession, userName: string): boolean =>
  userName.trim() === '' || userNameKey(userName) === userNameKey(subscriber.userName)

interface ShownForm {
  readonly context: LoginContext
  readonly userName?: string
  readonly environment?: Environment
  readonly problem?: LoginProblem
}

/** The form, empty or as it was filled in. */
export async function sendForm(
  world: World,
  reply: FastifyReply,
  shown: ShownForm,
): Promise<FastifyReply> {
  const page = reply.page(loginAddress(shown.context))
  const [remembered, status] = await Promise.all([
    rememberedName(world, readSecret(reply.request, 'browser')),
    statusNow(world),
  ])
  return reply.html(loginPage(page, formIn(world, reply, { ...shown, remembered, status })))
}

interface Read {
  /** What the browser fills in. */
  readonly remembered?: RememberedName | null
  readonly status?: StatusNow | null
}

function formIn(
  world: World,
  reply: FastifyReply,
  { remembered = null, status = null, ...shown }: ShownForm & Read,
): LoginForm {
  const { context, userName = remembered?.userName ?? '', problem = null } = shown
  const isRemembered = userName !== '' && userName === remembered?.userName
  const environment = shown.environment ?? (isRemembered ? remembered.environment : null) ?? 'live'
  const { platform, interaction } = context
  const pre = preSecret(world, reply.request, reply)
  return {
    platform: platformName(world, platform, languageOf(reply.request)),
    cancel: interaction && `/oidc/continue/${interaction}/cancel`,
    token: formToken(world, reply.server.realm, pre),
    offer: offerLogin(world, pre),
    context: contextField(world, reply.server.realm, context),
    userName,
    isRemembered,
    environment,
    problem,
    status,
  }
}

/**
 * Why a login does not go on: above the form where that is what comes next, else on a page of its
 * own.
 */
async function sendTurnedAway(
  world: World,
  reply: FastifyReply,
  { refused, ...shown }: Omit<ShownForm, 'problem'> & { readonly refused: Refusal },
): Promise<FastifyReply> {
  const { problem, until, since } = refused
  reply.code(PROBLEMS[problem])
  if (until !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil((until - world.now()) / 1_000)))
  const when = (at: number | undefined) => (at === undefined ? null : instant(at))
  if (staysAtForm(problem)) {
    return await sendForm(world, reply, {
      ...shown,
      problem: { kind: 'refused', problem, until: when(until) },
    })
  }
  const page = reply.page(loginAddress(shown.context))
  const form = formIn(world, reply, shown)
  if (problem === 'login.use-live' || problem === 'login.use-paper')
    return reply.html(otherAccountPage(page, form))
  const told = { problem, until: when(until), since: when(since) }
  return reply.html(turnedAwayPage(page, form, told))
}

type Typed = z.infer<typeof Credentials> & { readonly context: LoginContext }

/** User name and password. What was typed wrong is shown again, but never a password. */
async function begin(world: World, reply: FastifyReply, typed: Typed): Promise<FastifyReply> {
  const { context, userName, password, environment } = typed
  const empty = (['userName', 'password'] as const).filter((name) => typed[name].trim() === '')
  const again = (problem: LoginProblem) =>
    sendForm(world, reply, { context, userName, environment, problem })
  if (empty.length > 0) return again({ kind: 'fields', empty })
  const client = clientOf(world, reply.request, reply)
  const started = await startLogin(world, {
    userName,
    password,
    environment,
    client,
    ...goingTo(context),
  })
  if (started.ok) return reply.redirect(`/login/${started.login.id}`, 303)
  return sendTurnedAway(world, reply, { context, userName, environment, refused: started })
}

/** What the engine hears of where a login leads. */
const goingTo = (context: LoginContext) => ({
  platform: context.platform,
  leadsTo: destinationIn(context),
  ...bindsIn(context),
  ...(context.needs && { needs: context.needs }),
})

/**
 * Neither name nor password. What does not lead in comes back to the same form, with another offer.
 */
async function identify(
  world: World,
  reply: FastifyReply,
  claim: z.infer<typeof Identified> & { readonly context: LoginContext },
): Promise<FastifyReply> {
  const { context, environment, answer: typed, offer } = claim
  const client = clientOf(world, reply.request, reply)
  const identified = await startIdentified(world, {
    offer,
    typed,
    environment,
    client,
    ...goingTo(context),
  })
  if (!identified.ok) {
    return sendTurnedAway(world, reply, { context, environment, refused: identified })
  }
  const { login, token, browserCookie } = identified
  if (token !== null) return await enter(world, reply, { login, token, browserCookie })
  return reply.redirect(`/login/${login.id}`, 303)
}
