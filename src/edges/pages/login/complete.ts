import type { FastifyReply } from 'fastify'
import type { Completed, Login } from '#core/login/state.ts'
import { isSettingUp } from '#core/login/login.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { settleOthers } from '#engine/login/same-browser.ts'
import { beginByLogin } from '#engine/tasks/after-login.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import { readSecret, sessionOf, setCookie } from '#edges/http/client/cookies.ts'
import { renewPre } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import {
  contextOfLogin,
  isSetUpHere,
  type LoginContext,
} from '#edges/pages/sessions/login-context.ts'
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
}

/**
 * Gives the browser its session and leads it on. Whatever it held before is not valid
 * afterwards: the session it had ends, and the secret of its logins is another (A9, S82).
 */
export async function enter(
  world: World,
  reply: FastifyReply,
  { login, token, browserCookie, setsUp = null }: Entering,
): Promise<FastifyReply> {
  const { request } = reply
  const before = await sessionOf(world, request)
  if (before) await endSession(world, before, { id: before.id, by: 'log-out' })
  setCookie(reply, 'session', token)
  const { next } = renewPre(world, reply)
  await settleOthers(world, login, { before: readSecret(request, 'pre') ?? '', next })
  if (browserCookie !== null) setCookie(reply, 'browser', browserCookie)
  const context = contextOfLogin(login)
  const { interaction, platform, page } = context
  const method = setsUp ?? (isSetUpHere(context) ? login.binds : null)
  if (method && (await leadToSetUp(world, reply, { login, token, method }))) return reply
  const isHere = interaction === null || isSettingUp(login)
  if (isHere) return reply.redirect(page ?? '/portal', 303)
  return sendGoOn(world, reply, { platform, to: `${CONTINUE}/${interaction}` })
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
export function goOn(world: World, reply: FastifyReply, context: LoginContext): FastifyReply {
  const { interaction, platform, page } = context
  if (interaction === null) return reply.redirect(page ?? '/portal', 303)
  return sendGoOn(world, reply, { platform, to: onwardTo({ interaction, platform }) })
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

const goOnFrom = (world: World, reply: FastifyReply, login: Login): FastifyReply =>
  isSettingUp(login) ? reply.redirect('/portal', 303) : goOn(world, reply, contextOfLogin(login))

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

/**
 * To a relying party it goes by a page: a redirect would count as part of the form that was sent.
 */
function sendGoOn(
  world: World,
  reply: FastifyReply,
  { platform, to }: { readonly platform: string; readonly to: string },
): FastifyReply {
  const page = reply.page(to)
  const named = platformName(world, platform, page.texts.language)
  return reply.html(goOnPage(page, { to, platform: named }))
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
  else if (isTheirs) goOnFrom(world, reply, login)
  else return false
  return true
}
