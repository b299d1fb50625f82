import type { FastifyReply } from 'fastify'
import type { Completed, Login } from '#core/login.ts'
import { claimLogin } from '#engine/answer.ts'
import { newSecret } from '#engine/secrets.ts'
import { endSession } from '#engine/session.ts'
import type { World } from '#engine/world.ts'
import { clearCookie, readSecret, sessionOf, setCookie } from '#edges/http/cookies.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { interactionOf } from '#edges/pages/login/login-context.ts'
import { takeGoal } from '#edges/pages/login/goal.ts'
import { goOnPage } from '#edges/pages/login/login-endings.ts'
import { platformName } from '#edges/pages/frame/platform-name.ts'

/** Where the OpenID Connect door takes over again. */
const CONTINUE = '/oidc/continue'

/** The browser that began a login takes its session, or goes on with the task that it has confirmed; whoever comes back to the page is simply let through. */
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
  if (await sessionOf(world, request)) return reply.redirect('/portal', 303)
  return sendRefusal(reply, claimed.ok ? { ok: false, problem: 'login.already-claimed' } : claimed)
}

export interface Entering {
  readonly login: Login
  readonly token: string
  readonly browserCookie: string | null
  /** The request that waits, where the login was not remembered beside it before. */
  readonly interaction?: string | null
}

/**
 * Gives the browser its session and leads it on. Whatever it held before is worth nothing afterwards: the
 * session it had ends, and the secret of its logins is another (A9, S82).
 */
export async function enter(
  world: World,
  reply: FastifyReply,
  { login, token, browserCookie, interaction: waits }: Entering,
): Promise<FastifyReply> {
  const { request } = reply
  const before = await sessionOf(world, request)
  if (before) await endSession(world, before, { id: before.id, by: 'log-out' })
  setCookie(reply, 'session', token)
  setCookie(reply, 'pre', newSecret(world.random))
  if (browserCookie !== null) setCookie(reply, 'browser', browserCookie)
  const interaction = waits ?? interactionOf(world, request, login.id)
  if (interaction === null) return reply.redirect(takeGoal(request, reply), 303)
  clearCookie(reply, 'next')
  const page = reply.page()
  const platform = platformName(world, login.platform, page.texts.language)
  return reply.html(goOnPage(page, { to: `${CONTINUE}/${interaction}`, platform }))
}
