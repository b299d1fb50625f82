import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  errors,
  type InteractionResults,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider'
import type { TaskDetails } from '#core/task-details.ts'
import { isId } from '#core/ids.ts'
import type { Destination } from '#core/login/state.ts'
import { type Obstacle, obstacleAt } from '#core/sessions/rights.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { readCookie, sessionOf } from '#edges/http/client/cookies.ts'
import { languageIn } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { requestContextOf } from '#edges/oidc/request/context.ts'
import { arrivalFor, isOfBrowser } from '#edges/oidc/request/prompt-policy.ts'
import { proofOf } from '#edges/oidc/request/claims.ts'
import { CONTINUE } from '#edges/oidc/configuration.ts'
import {
  type Arrival,
  type RequestedStrength,
  requestedStrengthOf,
  isNew,
  obstacleTo,
  type SessionObstacle,
} from '#edges/oidc/request/requested-strength.ts'
import { taskDetailsIn } from '#edges/oidc/request/authorization-details.ts'
import { overPage } from '#edges/oidc/pages.ts'
import { type Interaction, type Resumed, resumed } from '#edges/oidc/resume.ts'
import { goHome } from '#edges/pages/login/complete.ts'
import { loginAddress, markOf } from '#edges/pages/sessions/login-context.ts'
import type { WaitingRequests } from '#edges/pages/sessions/waiting-requests.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { openTaskOnce, viewTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'

/**
 * Where an authorization request waits until a session can answer it.
 *
 *   /oidc/auth ──no session that will do──▶ /login?interaction=<uid>
 *                                                  │
 *   relying party ◀──────────answered────────── logged in
 *          ▲                                       │ where it cannot be answered at once
 *          └──answered── /oidc/continue/<uid> ◀────┘
 *
 * The request belongs to the browser that made it. At its own address, `/oidc/continue/<uid>`, a
 * cookie says so that is sent there only. The pages of a login know it by the secret of the logins
 * of that browser. Without either an attacker could have his own request answered by a client who
 * follows a link (A11).
 */
export interface Waiting {
  readonly provider: Provider
  readonly world: World
}

/** Answers the waiting request, or leads to the login page. */
export async function continueLogin(
  waiting: Waiting,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { provider, world } = waiting
  const interaction = await ownInteraction(provider, request, reply)
  if (!interaction) return await sendOver(world, request, reply)
  const { task } = request.query as { readonly task?: unknown }
  const session = await sessionOf(world, request)
  const way = await wayOf(waiting, { request, session, interaction, task })
  return await go(world, reply, way)
}

/**
 * A request that has just come goes on in the same answer: its browser is the one that made it, and
 * holds the cookies of it with this answer.
 */
export async function goOnAtOnce(waiting: Waiting, ctx: KoaContextWithOIDC): Promise<void> {
  const { Interaction: interaction } = ctx.oidc.entities
  if (!interaction || ctx.status !== 303) return
  const { request, session } = requestContextOf(ctx)
  const way = await wayNow(waiting, { request, session, interaction })
  if (!way) return
  for (const line of way.cookies) ctx.append('set-cookie', line)
  ctx.redirect(way.to)
}

/**
 * For the pages of a login: on with the request that it was made for. The secret of the logins of
 * this browser says that it made the request, as surely as the cookie that goes to the address of
 * the request only (A11).
 */
export const waitingRequests = (
  world: World,
  opened: { latest(): Promise<Provider> },
): WaitingRequests => ({
  async onward(reply, { interaction: uid, session, leadsTo }) {
    const { request } = reply
    const provider = await opened.latest()
    const interaction = await provider.Interaction.find(uid).catch(missed(request))
    if (!interaction || !isOfBrowser(request, interaction)) return null
    const way = await wayNow({ provider, world }, { request, session, interaction, leadsTo })
    if (!way) return null
    for (const line of way.cookies) reply.header('set-cookie', line)
    return way.to
  },
})

interface Found {
  readonly request: FastifyRequest
  readonly session: OpenSession | null
  readonly interaction: Interaction
  /** The task that comes back confirmed, as its address says. */
  readonly task?: unknown
  /** Where the login of the session led, where that is known already. */
  readonly leadsTo?: Destination | null | undefined
}

/** Where a request leads, why it leads nowhere, or `null` where it is over. */
type Way = Resumed | Refusal | null

/**
 * Where a request leads that its own address is not asked for.
 *
 * @returns `null` for what is said there: that it is over, why it leads nowhere, and what fails.
 */
async function wayNow(waiting: Waiting, found: Found): Promise<Resumed | null> {
  const way = await wayOf(waiting, found).catch(missed(found.request))
  return way && 'to' in way ? way : null
}

/**
 * A step that the client need not take now has failed. What they did before it counts, and is not
 * lost with it. A message may hold what they typed, so only the kind is kept (A21).
 */
const missed =
  ({ log }: FastifyRequest) =>
  (error: unknown): null => {
    const name = error instanceof Error ? error.name : 'unknown'
    log.error({ name }, 'a request of a platform could not be answered at once')
    return null
  }

/** Where a waiting request leads, as things are now. */
async function wayOf(waiting: Waiting, found: Found): Promise<Way> {
  const { world } = waiting
  const { request, session, interaction } = found
  // It may have been taken out of the configuration since.
  const platform = world.platforms.get(textOf(interaction.params['client_id']))
  if (!platform) return { ok: false, problem: 'login.unknown-platform' }
  const demand = requestedStrengthOf(platform, interaction.params)
  const arrival = await arrivalFor(world, found)
  const obstacle = obstacleTo(session, demand, { arrival, now: world.now() })
  if (session && obstacle === null) {
    const deed = taskDetailsIn(interaction.params)
    if (deed) return await wayOfTask(waiting, { ...found, session, arrival, deed })
    return await resumed(waiting, {
      ...found,
      arrival,
      result: { ...loggedIn(session), consent: {} },
    })
  }
  // Another login would not help: the account forbids it, or the rights of this login.
  const shut = session && obstacle === 'rights' ? obstacleAt(demand, session.decision) : null
  if (shut) return { ok: false, ...refusalOfRights(shut) }
  // A client who has logged in for this very request and still falls short of it would only go
  // round in circles.
  if (session && obstacle && arrival && isNew(session, arrival)) {
    return await resumed(waiting, { ...found, arrival, result: refusalOf(obstacle) })
  }
  const tried = session && markOf(world, session)
  return page(loginPage(request, interaction, { ...demand, tried }))
}

const page = (to: string): Resumed => ({ to, cookies: [] })

async function go(world: World, reply: FastifyReply, way: Way): Promise<FastifyReply> {
  if (!way) return await sendOver(world, reply.request, reply)
  if (!('to' in way)) return sendRefusal(reply, way)
  for (const line of way.cookies) reply.header('set-cookie', line)
  return reply.redirect(way.to, 303)
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

interface AskedTask extends Found {
  readonly session: OpenSession
  readonly arrival: Arrival | null
  readonly deed: TaskDetails
}

/** On with the task that was approved for this very request; without one its page is next. */
async function wayOfTask(waiting: Waiting, asked: AskedTask): Promise<Way> {
  const { world } = waiting
  const { session, interaction, deed, task: id } = asked
  const to = `${CONTINUE}/${interaction.uid}`
  const found =
    typeof id === 'string' && isId('tsk', id) ? await viewTask(world, session, id) : null
  if (found?.ok && found.task.state === 'approved' && found.task.next.to === to) {
    const result = { ...loggedIn(session), consent: {}, task: id }
    return await resumed(waiting, { ...asked, result })
  }
  const next = { to, fields: null, back: `${to}/cancel` }
  const platform = textOf(interaction.params['client_id'])
  const opened = await openTaskOnce(world, session, { deed, platform, next, by: to })
  return opened.ok ? page(`/tasks/${opened.task.id}`) : opened
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
  const session = await sessionOf(world, request)
  const result = { error: 'access_denied', error_description: 'the login was cancelled' }
  return await go(
    world,
    reply,
    await resumed({ provider, world }, { request, session, interaction, arrival: null, result }),
  )
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
  if (obstacle === 'person') {
    const description = 'the client who logged in is not the one of the id_token_hint'
    return { error: 'login_required', error_description: description }
  }
  return obstacle === 'weak'
    ? {
        error: 'unmet_authentication_requirements',
        error_description: 'the login is not strong enough for this platform',
      }
    : { error: 'access_denied', error_description: 'the login is not for this platform' }
}
