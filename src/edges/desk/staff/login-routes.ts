import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PROBLEMS, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { type LoggedIn, logInMember, offerMemberLogin } from '#engine/desk/login.ts'
import { endMemberSession } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { clearCookie, setCookie } from '#edges/http/client/cookies.ts'
import { formToken, preSecret, renewPre } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { deskClientOf, memberSessionOf } from '#edges/desk/frame/session.ts'
import { TOUCH_FIELDS, touchIn } from '#edges/desk/frame/touch-form.ts'
import { memberLoginPage } from '#edges/desk/staff/login-page.ts'

const Answer = z.strictObject(TOUCH_FIELDS)
const Empty = z.strictObject({})

/** In and out: with a passkey, and in no other way. */
export const memberLoginRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const toForm = () => '/login'

    app.get('/login', { config: { isOpenToAll: true } }, async (request, reply) => {
      if (request.memberSession) return reply.redirect('/', 303)
      return sendLogin(world, reply, null)
    })

    app.post(
      '/login',
      { config: { isOpenToAll: true, wayOut: toForm }, schema: { body: Answer } },
      async (request, reply) => {
        const client = deskClientOf(world, request, reply)
        const loggedIn = await logInMember(world, { ...touchIn(request.body), client })
        if (!loggedIn.ok) return sendLogin(world, reply, loggedIn)
        return await enterDesk(world, reply, loggedIn)
      },
    )

    app.post(
      '/log-out',
      { config: { isOpenToAll: true, wayOut: toForm }, schema: { body: Empty } },
      async (request, reply) => {
        if (request.memberSession) await endMemberSession(world, request.memberSession)
        clearCookie(reply, 'session')
        return reply.redirect('/login', 303)
      },
    )
  }

function sendLogin(world: World, reply: FastifyReply, refused: Refusal | null): FastifyReply {
  if (refused && PROBLEMS[refused.problem] >= 500) return sendRefusal(reply, refused)
  const holder = preSecret(world, reply.request, reply)
  if (refused) reply.code(PROBLEMS[refused.problem])
  const until = refused?.until === undefined ? null : instant(refused.until)
  return reply.html(
    memberLoginPage(reply.page('/login'), {
      offer: offerMemberLogin(world, holder),
      token: formToken(world, reply.server.realm, holder),
      problem: refused && { problem: refused.problem, until },
    }),
  )
}

/**
 * Gives the browser its session. Whatever it held before is not valid afterwards: the session it
 * had ends, and its forms carry another secret (A9, S82).
 */
export async function enterDesk(
  world: World,
  reply: FastifyReply,
  { token }: Extract<LoggedIn, { ok: true }>,
): Promise<FastifyReply> {
  const before = await memberSessionOf(world, reply.request)
  if (before) await endMemberSession(world, before)
  setCookie(reply, 'session', token)
  renewPre(world, reply)
  return reply.redirect('/', 303)
}
