import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ENVIRONMENTS, type Environment } from '#core/account.ts'
import { STRENGTHS } from '#core/assurance.ts'
import { PROBLEMS, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time.ts'
import { startIdentified } from '#engine/identification.ts'
import { offerLogin } from '#engine/offers.ts'
import { startLogin } from '#engine/start-login.ts'
import type { World } from '#engine/world.ts'
import { clientOf } from '#edges/http/client.ts'
import { sessionOf } from '#edges/http/cookies.ts'
import { formToken, preSecret } from '#edges/http/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { enter } from '#edges/pages/login/entrance.ts'
import {
  contextField,
  contextIn,
  Interaction,
  type LoginContext,
  rememberInteraction,
} from '#edges/pages/login/login-context.ts'
import { type LoginForm, loginPage, type LoginProblem } from '#edges/pages/login/login-form.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'

/** Links are sent about and get things appended: what an address has beyond this is passed over. */
const Start = z.object({
  platform: z.string().max(64).default('portal'),
  interaction: Interaction.optional(),
  environment: z.enum(ENVIRONMENTS).optional().catch(undefined),
  /** What the request of a relying party asks for; whoever lowers it here is refused there. */
  needs: z.enum(STRENGTHS).optional().catch(undefined),
})
const Credentials = z.strictObject({
  userName: z.string(),
  password: z.string(),
  environment: z.enum(ENVIRONMENTS),
  continue: z.string().max(256),
})

const Identified = z.strictObject({
  answer: z.string(),
  offer: z.string().max(2_048),
  environment: z.enum(ENVIRONMENTS),
  continue: z.string().max(256),
})

/** The first step of every login: user name and password, or what says by itself whose it is. */
export const formRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/login', { schema: { querystring: Start } }, async (request, reply) => {
      const { platform, interaction = null, environment = 'live', needs = null } = request.query
      if (!world.platforms.has(platform)) {
        return sendRefusal(reply, { ok: false, problem: 'login.unknown-platform' })
      }
      const session =
        interaction === null && platform === 'portal' ? await sessionOf(world, request) : null
      if (session && session.decision.rights.portal !== 'closed')
        return reply.redirect('/portal', 303)
      return sendForm(world, reply, {
        context: { platform, interaction, needs },
        environment,
      })
    })

    app.post('/login', { schema: { body: Credentials } }, async (request, reply) => {
      const context = contextIn(world, request.body.continue)
      if (!context) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
      return await begin(world, reply, { context, ...request.body })
    })

    app.post('/login/identified', { schema: { body: Identified } }, async (request, reply) => {
      const context = contextIn(world, request.body.continue)
      if (!context) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
      return await identify(world, reply, { context, ...request.body })
    })
  }

interface ShownForm {
  readonly context: LoginContext
  readonly userName?: string
  readonly environment?: Environment
  readonly problem?: LoginProblem
}

/** The form, empty or as it was filled in. */
export function sendForm(world: World, reply: FastifyReply, shown: ShownForm): FastifyReply {
  const { context, userName = '', environment = 'live', problem = null } = shown
  const { platform, interaction, needs } = context
  const page = reply.page(
    `/login?platform=${platform}${interaction ? `&interaction=${interaction}` : ''}${needs ? `&needs=${needs}` : ''}`,
  )
  const pre = preSecret(world, reply.request, reply)
  const form: LoginForm = {
    platform: platformName(world, platform, page.texts.language),
    cancel: interaction && `/oidc/continue/${interaction}/cancel`,
    token: formToken(world, pre),
    offer: offerLogin(world, pre),
    context: contextField(world, context),
    ...{ userName, environment, problem },
  }
  return reply.html(loginPage(page, form))
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
  const { platform, needs } = context
  const claimed = { userName, password, environment, platform, client }
  const started = await startLogin(world, needs ? { ...claimed, needs } : claimed)
  if (started.ok) {
    const { id } = started.login
    const { interaction } = context
    if (interaction) rememberInteraction({ world, request: reply.request, reply }, id, interaction)
    return reply.redirect(`/login/${id}`, 303)
  }
  return again(refusedBecause(world, reply, started))
}

function refusedBecause(
  world: World,
  reply: FastifyReply,
  { problem, until, since }: Refusal,
): LoginProblem {
  reply.code(PROBLEMS[problem])
  if (until !== undefined)
    reply.header('retry-after', Math.max(1, Math.ceil((until - world.now()) / 1_000)))
  const when = (at: number | undefined) => (at === undefined ? null : instant(at))
  return { kind: 'refused', problem, until: when(until), since: when(since) }
}

/** Neither name nor password. What does not lead in comes back to the same form, with another offer. */
async function identify(
  world: World,
  reply: FastifyReply,
  claim: z.infer<typeof Identified> & { readonly context: LoginContext },
): Promise<FastifyReply> {
  const { context, environment, answer: typed, offer } = claim
  const { platform, interaction, needs } = context
  const client = clientOf(world, reply.request, reply)
  const arrival = { offer, typed, environment, platform, client }
  const identified = await startIdentified(world, needs ? { ...arrival, needs } : arrival)
  if (!identified.ok) {
    const problem = refusedBecause(world, reply, identified)
    return sendForm(world, reply, { context, environment, problem })
  }
  const { login, token, browserCookie } = identified
  if (token !== null) return await enter(world, reply, { login, token, browserCookie, interaction })
  if (interaction)
    rememberInteraction({ world, request: reply.request, reply }, login.id, interaction)
  return reply.redirect(`/login/${login.id}`, 303)
}
