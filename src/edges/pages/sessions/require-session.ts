import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '#core/problems.ts'
import { obstacleAt, type PortalScope } from '#core/sessions/rights.ts'
import { type OpenSession } from '#engine/sessions/rights.ts'
import { type World } from '#engine/world.ts'
import { sessionOf } from '#edges/http/client/cookies.ts'
import { keepLanguage } from '#edges/http/client/language.ts'
import { loginFor } from '#edges/pages/sessions/login-context.ts'
import { isListening, sendEnded } from '#edges/http/event-stream.ts'
import { formTokenFor } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import type { Seen } from '#edges/pages/frame/portal-layout.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of the portal; routes below `/portal` are not reached without one. */
    session: OpenSession | null
  }
  interface FastifyContextConfig {
    /** How much of the portal one needs to come here; `['full']` unless said otherwise. */
    readonly portal?: readonly PortalScope[]
  }
}

type PortalConfig = Pick<FastifyContextConfig, 'portal'>

/** A page of the portal for every scope: where one lands, and the way out. */
export const EVERY_SESSION = {
  portal: ['full', 'first-binding', 'statements', 'card-printing'],
} as const satisfies PortalConfig
/** Where a client reads what the account has to tell, whether it is open or closed (R028). */
export const STATEMENTS = { portal: ['full', 'statements'] } as const satisfies PortalConfig
export const LEAVING = {
  portal: [...EVERY_SESSION.portal, 'closed'],
} as const satisfies PortalConfig
/**
 * For every client who may bind something: their first authenticator, any, or a card that is
 * printed.
 */
export const BINDING = {
  portal: ['full', 'first-binding', 'card-printing'],
} as const satisfies PortalConfig

/**
 * Lets only sessions in, as far as they reach at this moment: a client without one logs in first,
 * and a client who may not come here reads why.
 */
export function requireSession(world: World) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const session = await sessionOf(world, request)
    request.session = session
    if (!session) {
      return isListening(request) ? sendEnded(reply) : reply.redirect(loginFor(request), 303)
    }
    keepLanguage(reply, session.subscriber)
    const { portal } = session.decision.rights
    const open: readonly PortalScope[] = request.routeOptions.config.portal ?? ['full']
    if (open.includes(portal)) return
    if (isListening(request)) return sendEnded(reply)
    if (portal === 'first-binding') return reply.redirect('/portal', 303)
    return sendRefusal(reply, { ok: false, problem: problemOf(session) })
  }
}

function problemOf({ decision }: OpenSession): Problem {
  const { portal } = decision.rights
  // The account is as open as ever: it is the phone that waits.
  if (decision.row === 'waiting') return 'account.on-hold'
  if (portal === 'statements') return 'account.statements-only'
  if (portal === 'card-printing') return 'account.card-printing-only'
  return obstacleAt({ purpose: 'portal' }, decision)?.problem ?? 'session.insufficient'
}

export function openSession(request: FastifyRequest): OpenSession {
  if (!request.session) throw new Error('a route of the portal was reached without a session')
  return request.session
}

/** A session that binds, and sees nothing else of the portal: a first one, or a card to print. */
export const onlyBinds = ({ decision }: OpenSession): boolean => decision.rights.portal !== 'full'

/** What every page of the portal knows of its client. */
export function seenBy(world: World, reply: FastifyReply): Seen {
  const session = openSession(reply.request)
  const token = formTokenFor(world, reply)
  return { session, userName: session.subscriber.userName, token }
}
