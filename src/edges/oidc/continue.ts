import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors, type InteractionResults, type Provider } from 'oidc-provider'
import type { TaskDetails } from '#core/task-details.ts'
import { isId } from '#core/ids.ts'
import { type Obstacle, obstacleAt } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import { readCookie, sessionOf } from '#edges/http/client/cookies.ts'
import { languageIn } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { arrivalFor, platformOf } from '#edges/oidc/request/prompt-policy.ts'
import { proofOf } from '#edges/oidc/request/claims.ts'
import { CONTINUE } from '#edges/oidc/configuration.ts'
import {
  type RequestedStrength,
  requestedStrengthOf,
  isNew,
  obstacleTo,
  type SessionObstacle,
} from '#edges/oidc/request/requested-strength.ts'
import { taskDetailsIn } from '#edges/oidc/request/authorization-details.ts'
import { overPage } from '#edges/oidc/pages.ts'
import { goHome } from '#edges/pages/login/complete.ts'
import { loginAddress, markOf } from '#edges/pages/sessions/login-context.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { openTask, viewTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'

/**
 * Where an authorization request waits until a session can answer it.
 *
 *   /oidc/auth ──no session that will do──▶ /oidc/continue/<uid> ──▶ /login?interaction=<uid>
 *                                                  ▲                          │
 *   relying party ◀── /oidc/auth/<uid> ◀──answered─┴──────── logged in ◀──────┘
 *
 * The request belongs to the browser that made it: a cookie of that browser, sent to this address
 * only, says so. Without it an attacker could have his own request answered by a client who follows
 * a link (A11).
 */
export interface Waiting {
  readonly provider: Provider
  readonly world: World
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Answers the waiting request, or leads to the login page. */
export async function continueLogin(
  { provider, world }: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const interaction = await ownInteraction(provider, request, reply)
  if (!interaction) return await sendOver(world, request, reply)
  const session = await sessionOf(world, request)
  const demand = requestedStrengthOf(
    platformOf(world, interaction.params['client_id']),
    interaction.params,
  )
  const arrival = await arrivalFor(world, session, interaction)
  const obstacle = obstacleTo(session, demand, { arrival, now: world.now() })
  if (session && obstacle === null) {
    const deed = taskDetailsIn(interaction.params)
    if (deed) return await continueTask({ provider, world }, reply, { session, interaction, deed })
    return await answered(provider, reply, { ...loggedIn(session), consent: {} })
  }
  // Another login would not help: the account forbids it, or the rights of this login.
  const shut = session && obstacle === 'rights' ? obstacleAt(demand, session.decision) : null
  if (shut) return sendRefusal(reply, { ok: false, ...refusalOfRights(shut) })
  // A client who has logged in for this very request and still falls short of it would only go
  // round in circles.
  if (session && obstacle && arrival && isNew(session, arrival)) {
    return await answered(provider, reply, refusalOf(obstacle))
  }
  const tried = session && markOf(world, session)
  return reply.redirect(loginPage(request, interaction, { ...demand, tried }), 303)
}

/**
 * The request was answered before, or is not of this browser. A client who is logged in goes on to
 * where that is; for any other a login begins anew at the platform.
 */
async function sendOver(
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { platform: id } = request.query as { readonly platform?: unknown }
  const platform = typeof id === 'string' ? world.platforms.get(id) : undefined
  const session = await sessionOf(world, request)
  if (session) return goHome(world, reply, platform?.id ?? session.platform)
  if (!platform) return sendRefusal(reply, { ok: false, problem: 'login.not-found' })
  return overPage(reply, platform)
}

interface AskedTask {
  readonly session: OpenSession
  readonly interaction: Interaction
  readonly deed: TaskDetails
}

/** On with the task that was approved for this very request; without one its page is next. */
async function continueTask(
  { provider, world }: Waiting,
  reply: FastifyReply,
  { session, interaction: { uid, params }, deed }: AskedTask,
): Promise<FastifyReply> {
  const { task: id } = reply.request.query as { readonly task?: unknown }
  const to = `${CONTINUE}/${uid}`
  const found =
    typeof id === 'string' && isId('tsk', id) ? await viewTask(world, session, id) : null
  if (found?.ok && found.task.state === 'approved' && found.task.next.to === to) {
    return await answered(provider, reply, { ...loggedIn(session), consent: {}, task: id })
  }
  const next = { to, fields: null, back: `${to}/cancel` }
  const platform = textOf(params['client_id'])
  const opened = await openTask(world, session, { deed, platform, next })
  return opened.ok ? reply.redirect(`/tasks/${opened.task.id}`, 303) : sendRefusal(reply, opened)
}

/** The login page, with what it may show before anything is typed. */
function loginPage(
  request: FastifyRequest,
  { uid, params }: Interaction,
  {
    environment,
    isAsked,
    needs,
    anew,
    tried,
  }: RequestedStrength & { readonly tried: string | null },
): string {
  const platform = textOf(params['client_id'])
  const leads = { platform, interaction: uid, needs: isAsked ? needs : null, anew, page: null }
  const [path = '', query] = loginAddress({ ...leads, tried }).split('?')
  const address = new URLSearchParams(query)
  if (environment) address.set('environment', environment)
  const wanted = textOf(params['ui_locales']).split(' ').map(languageIn)
  const language = wanted.find((one) => one !== null)
  // What was chosen in this browser counts more than what a platform says.
  if (language && readCookie(request, 'language') === null) address.set('language', language)
  return `${path}?${address.toString()}`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The client cancels: the relying party is told. */
export async function cancelLogin(
  { provider, world }: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const interaction = await ownInteraction(provider, request, reply)
  if (!interaction) return await sendOver(world, request, reply)
  return await answered(provider, reply, {
    error: 'access_denied',
    error_description: 'the login was cancelled',
  })
}

/** The waiting request, if this browser made it. */
async function ownInteraction(
  provider: Provider,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Interaction | null> {
  const { uid } = request.params as { readonly uid: string }
  try {
    const interaction = await provider.interactionDetails(request.raw, reply.raw)
    return interaction.uid === uid ? interaction : null
  } catch (error) {
    // For a cookie that is missing or forged, and for a request that is over.
    if (error instanceof errors.SessionNotFound) return null
    throw error
  }
}

async function answered(
  provider: Provider,
  reply: FastifyReply,
  result: InteractionResults,
): Promise<FastifyReply> {
  const { raw } = reply.request
  const merge = { mergeWithLastSubmission: false }
  try {
    const next = await provider.interactionResult(raw, reply.raw, result, merge)
    return await reply.redirect(next, 303)
  } catch (error) {
    // Answered in another tab since it was looked at.
    if (!(error instanceof errors.SessionNotFound)) throw error
    return sendRefusal(reply, { ok: false, problem: 'login.not-found' })
  }
}

function loggedIn(session: Session): InteractionResults {
  const { acr, amr, loginTs } = proofOf(session)
  return { login: { accountId: session.subscriberId, acr, amr: [...amr], ts: loginTs } }
}

const refusalOfRights = ({ problem, until }: Obstacle) => ({
  problem,
  ...(until !== null && { until }),
})

/** @see RFC 9470, section 5, for the first of them */
function refusalOf(obstacle: SessionObstacle): InteractionResults {
  return obstacle === 'weak'
    ? {
        error: 'unmet_authentication_requirements',
        error_description: 'the login is not strong enough for this platform',
      }
    : { error: 'access_denied', error_description: 'the login is not for this platform' }
}
