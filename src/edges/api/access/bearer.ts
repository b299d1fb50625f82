import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProgramActor } from '#core/events/event.ts'
import { isId, type LoginId } from '#core/ids.ts'
import { Problem, SECRET } from '#edges/api/access/schemas.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { BACK_OFFICE, EVENTS, LEDGER } from '#engine/sessions/api-clients.ts'
import type { Held } from '#engine/login/view.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'

/** A program sends its secret itself, so a foreign page has no cookie to use (A10). */
export const config = { cookieless: true } as const

/** What the document says of every route that wants the secret. */
export const security = [{ bearer: [] }]

/** What the document says of routes of the back office. */
export const backOffice = [{ backOffice: [BACK_OFFICE] }]

/** What the document says of the ledger. */
export const ledger = [{ backOffice: [LEDGER] }]

/** What the document says of what platforms report. */
export const platformEvents = [{ platform: [EVENTS] }]

/** Any route can answer with any problem. */
export const problems = { '4xx': Problem, '5xx': Problem }

/**
 * The login that is asked about, with the secret that came along. Without a secret, or with another
 * one, the login does not exist: a caller does not learn which ids there are.
 */
export function heldBy(request: FastifyRequest, id: string): Held {
  // What is no id is not found like any other; it may hold what no database takes.
  return { id: isId('log', id) ? id : NO_LOGIN, holder: bearer(request) ?? '' }
}

const NO_LOGIN = 'log_' as LoginId

export async function bearerSession(
  world: World,
  request: FastifyRequest,
): Promise<OpenSession | null> {
  const token = bearer(request)
  return token === null ? null : await findOpenSession(world, token, request.clientAddress)
}

export const refuseSession = (reply: FastifyReply): FastifyReply =>
  sendRefusal(reply.header('www-authenticate', 'Bearer'), { ok: false, problem: 'session.missing' })

/** @see RFC 6750, section 2.1 */
export function bearer({ headers }: FastifyRequest): string | null {
  const [scheme = '', token = '', ...rest] = (headers.authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' && rest.length === 0 && SECRET.test(token) ? token : null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The program that asks; routes of the back office are not reached without one. */
    backOffice: string | null
  }
}

/** Who acts, as the log says it. */
export function actorOf({ backOffice }: FastifyRequest): ProgramActor {
  if (backOffice === null) throw new Error('a route of the back office without a client')
  return `back-office:${backOffice}`
}
