import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { clearCookie, sessionOf } from '#edges/http/client/cookies.ts'
import { sealed, unsealed } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { loggedOutPage, logoutPage } from '#edges/oidc/pages.ts'
import { speakFor } from '#edges/oidc/request/context.ts'
import { endSession, findLiveSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'

/**
 * Logging out because a relying party says so.
 *
 * A relying party that shows the ID token of a session knows the session: it ends at once. Every
 * other request could come from a foreign page that sent the browser here, so the client is asked
 * (S105). The provider checks the hint, the relying party and where to go afterwards; what it has
 * found true is all that is used here.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0, sections 2, 3 and 6
 */
const LOGGED_OUT = '/oidc/logout/success'
const CONFIRM = '/oidc/logout/confirm'

/** The provider has found nothing wrong with the request; what follows is ours. */
export function takeOverLogout(world: World, ctx: KoaContextWithOIDC): void {
  const { oidc } = ctx
  const named = hintedSession(oidc.entities.IdTokenHint)
  const target = targetOf(oidc.params ?? {})
  speakFor(ctx, async (reply) => {
    const session = await sessionOf(world, reply.request)
    if (named !== null && (session === null || session.id === named)) {
      await end(world, reply, session ?? (await findLiveSession(world, named)))
      return reply.redirect(target, 303)
    }
    return logoutPage(world, reply, {
      action: CONFIRM,
      to: sealed(world, reply.server.realm, target),
    })
  })
}

export function logoutRoutes(app: FastifyInstance, world: World): void {
  app.post(CONFIRM, { schema: { body: Confirmed } }, (request, reply) =>
    confirmed(world, request, reply),
  )
  app.get(LOGGED_OUT, (_request, reply) => loggedOutPage(reply, null))
}

/** `to` was sealed by us. */
const Confirmed = z.strictObject({ to: z.string().max(4_096) })

async function confirmed(
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Validated by the schema of the route.
  const { to } = request.body as z.infer<typeof Confirmed>
  const target = unsealed(world, reply.server.realm, to)
  if (target === null) return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
  await end(world, reply, await sessionOf(world, request))
  return loggedOutPage(reply, target === LOGGED_OUT ? null : target)
}

async function end(world: World, reply: FastifyReply, session: Session | null): Promise<void> {
  if (session) await endSession(world, session, { id: session.id, by: 'log-out' })
  clearCookie(reply, 'session')
}

/** The session that a verified ID token names. */
function hintedSession(hint: unknown): Session['id'] | null {
  // Set by the provider once the token is verified; its types say nothing of what is in it.
  const { sid } =
    (hint as { readonly payload?: { readonly sid?: unknown } } | undefined)?.payload ?? {}
  return typeof sid === 'string' && isId('ses', sid) ? sid : null
}

/** An address stands here only if this relying party has registered it. */
function targetOf(params: { readonly [name: string]: unknown }): string {
  const { post_logout_redirect_uri: uri, state } = params
  if (typeof uri !== 'string') return LOGGED_OUT
  const target = new URL(uri)
  if (typeof state === 'string') target.searchParams.set('state', state)
  return target.href
}
