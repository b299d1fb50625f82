import type { FastifyReply } from 'fastify'
import type { Completed, Login } from '#core/login/state.ts'
import { isSettingUp } from '#core/login/login.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { settleOthers } from '#engine/login/same-browser.ts'
import { beginByLogin } from '#engine/tasks/after-login.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'
import { readSecret, sessionOf, setCookie } from '#edges/http/client/cookies.ts'
import { renewPre } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  contextOfLogin,
  isSetUpHere,
  type LoginContext,
} from '#edges/pages/sessions/login-context.ts'
import type { AskedOnward } from '#edges/pages/sessions/waiting-requests.ts'
import { goOnPage } from '#edges/pages/login/login-endings.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'

/** Where the OpenID Connect door takes over again. */
const CONTINUE = '/oidc/continue'

/**
 * The browser that began a login takes its session, or goes on with the task that it has confirmed;
 * a client who comes back to the page is let through.
 */
export async function claim(
  world: World,
  reply: FastifyReply,
  login: Completed,
): Promise<FastifyReply> {
  if (login.task) return reply.redirect(`/tasks/${login.task.id}`, 303)
  if (login.resets) return reply.redirect(`/reset/${login.id}`, 303)
  const { request } = reply
  const holder = readSecret(request, 'pre') ?? ''
  const claimed = await claimLogin(world, { id: login.id, holder })
  if (claimed.ok && claimed.token !== null) {
    return await enter(world, reply, { ...claimed, token: claimed.token })
  }
  const session = await sessionOf(world, request)
  if (session?.subscriberId === login.subscriberId) return goOnFrom(world, reply, login)
  return sendRefusal(reply, claimed.ok ? { ok: false, problem: 'login.already-claimed' } : claimed)
}

export interface Entering {
  readonly login: Login
  readonly token: string
  readonly browserCookie: string | null
  /** The method of what its client sets up now, where they have said so. */
  readonly setsUp?: string | null
  /** The page of the portal where nothing else waits; the first one unless said. */
  readonly home?: string
}

/**
 * Gives the browser its session and leads it on. Whatever it held before is not valid
 * afterwards: the session it had ends, and the secret of its logins is another (A9, S82).
 */
export async function enter(
  world: World,
  reply: FastifyReply,
  { login, token, browserCookie, setsUp = null, home = '/portal' }: Entering,
): Promise<FastifyReply> {
  const { request } = reply
  const before = await sessionOf(world, request)
  if (before) await endSession(world, before, { id: before.id, by: 'log-out' })
  setCookie(reply, 'session', token)
  const { next } = renewPre(world, reply)
  if (browserCookie !== null) setCookie(reply, 'browser', browserCookie)
  const context = contextOfLogin(login)
  const { interaction, platform, page } = context
  const method = setsUp ?? (isSetUpHere(context) ? login.binds : null)
  const isHere = interaction === null || isSettingUp(login)
  const isLedOn = !isHere && method === null
  const leadsTo = login.leadsTo ?? null
  const session = isLedOn ? await findOpenSession(world, token, request.clientAddress) : null
  const answer = isLedOn ? await answerOf(reply, { interaction, session, leadsTo }) : null
  // Last, because their pages go on as soon as they hear it, and need the session of this answer.
  await settleOthers(world, login, { before: readSecret(request, 'pre') ?? '', next })
  if (method && (await leadToSetUp(world, reply, { login, token, method }))) return reply
  if (isHere) return reply.redirect(page ?? home, 303)
  return sendOn(world, reply, { platform, interaction, answer })
}

/**
 * On to what its client has said that they want to set up, without a page in between that has one
 * button.
 *
 * @returns whether it has been answered; `false` where its own page says what comes first.
 */
async function leadToSetUp(
  world: World,
  reply: FastifyReply,
  { login, token, method }: Pick<Entering, 'login' | 'token'> & { readonly method: string },
): Promise<boolean> {
  const session = await findOpenSession(world, token)
  const { holder, binds } = login
  const begun = session && (await beginByLogin(world, session, { holder, method }))
  if (!begun || (!begun.ok && binds !== undefined)) return false
  if (begun.ok) {
    const { app } = world.methods.get(method) ?? {}
    const onDevice = begun.token === null ? undefined : app?.invited(begun.token)
    reply.redirect(onDevice ?? `/portal/security/enrolments/${begun.id}`, 303)
  } else sendRefusal(reply, begun)
  return true
}

/**
 * A session is open already, and the tab goes on to where it was going. Its request may have been
 * answered since, so the platform is named for the way back to it.
 */
export async function goOn(
  world: World,
  reply: FastifyReply,
  context: LoginContext,
): Promise<FastifyReply> {
  const { interaction, platform, page } = context
  if (interaction === null) return reply.redirect(page ?? '/portal', 303)
  const session = await sessionOf(world, reply.request)
  const answer = await answerOf(reply, { interaction, session })
  return sendOn(world, reply, { platform, interaction, answer })
}

/** Where a request of a platform goes on, or begins anew if it has been answered since. */
export function onwardTo({
  interaction,
  platform,
}: {
  readonly interaction: string
  readonly platform: string
}): string {
  const named = new URLSearchParams({ platform }).toString()
  return `${CONTINUE}/${interaction}?${named}`
}

const goOnFrom = async (world: World, reply: FastifyReply, login: Login): Promise<FastifyReply> =>
  isSettingUp(login)
    ? reply.redirect('/portal', 303)
    : await goOn(world, reply, contextOfLogin(login))

/**
 * A client who is logged in comes back to a login that is over: on to the platform, or to the
 * portal where the platform has no address of its own. Only addresses of the settings are led to.
 */
export function goHome(world: World, reply: FastifyReply, platform: string): FastifyReply {
  const to = world.platforms.get(platform)?.startUri ?? null
  if (to === null) return reply.redirect('/portal', 303)
  const page = reply.page()
  const named = platformName(world, platform, page.texts.language)
  return reply.html(goOnPage(page, { to, platform: named }))
}

interface Asked extends Omit<AskedOnward, 'session'> {
  readonly session: OpenSession | null
}

/**
 * Where the request of a relying party leads now; `null` where only its own address can say so: its
 * browser is not known to have made it, for one.
 */
async function answerOf(reply: FastifyReply, { session, ...asked }: Asked): Promise<string | null> {
  if (!session) return null
  const { waitingRequests } = reply.server
  return (await waitingRequests?.onward(reply, { ...asked, session })) ?? null
}

interface Answered extends Pick<Asked, 'interaction'> {
  readonly platform: string
  readonly answer: string | null
}

/**
 * On with the request of a relying party. To another house it goes by a page: a redirect would
 * count as part of the form that was sent.
 */
function sendOn(
  world: World,
  reply: FastifyReply,
  { platform, interaction, answer }: Answered,
): FastifyReply {
  if (answer?.startsWith('/')) return reply.redirect(answer, 303)
  const own = onwardTo({ interaction, platform })
  // The other language is asked for at an address that gives no code away.
  const page = reply.page(own)
  const named = platformName(world, platform, page.texts.language)
  return reply.html(goOnPage(page, { to: answer ?? own, platform: named }))
}

/**
 * A page of a login that this browser began before it logged in in another tab: the session leads
 * it on.
 *
 * @returns whether it has been answered; `false` where no client is logged in any more, or a
 * different one. It is no reply that is returned: a caller that awaits a reply waits until it is
 * sent,
 *   and is given nothing.
 */
export async function leadOn(world: World, reply: FastifyReply, login: Login): Promise<boolean> {
  const session = await sessionOf(world, reply.request)
  const isTheirs = session !== null && session.subscriberId === login.subscriberId
  if (login.resets) reply.redirect('/reset', 303)
  else if (login.task) reply.redirect(`/tasks/${login.task.id}`, 303)
  else if (isTheirs) await goOnFrom(world, reply, login)
  else return false
  return true
}
