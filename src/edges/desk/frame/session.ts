import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Role } from '#core/desk/role.ts'
import type { DeskClient } from '#engine/desk/login.ts'
import {
  findOpenMemberSession,
  type OpenMemberSession,
  seeMemberSession,
} from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { browserLabel } from '#edges/http/client/browser-label.ts'
import { readSecret } from '#edges/http/client/cookies.ts'
import { formTokenFor, preSecret } from '#edges/http/client/form-token.ts'
import { isListening, sendEnded } from '#edges/http/event-stream.ts'
import { sendRefusal } from '#edges/http/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The member who is logged in; most routes of the desk are not reached without one. */
    memberSession: OpenMemberSession | null
  }
  interface FastifyContextConfig {
    /** Which roles come here; all of them, unless said otherwise. */
    readonly roles?: (role: Role) => boolean
    /** Also a visitor who is not logged in comes here. */
    readonly isOpenToAll?: boolean
    /** A page that waits, and not its member, asks here: it keeps no session alive. */
    readonly isWaiting?: boolean
  }
}

/** The session of the member whose browser asks; `null` in a realm of others. */
export async function memberSessionOf(
  world: World,
  request: FastifyRequest,
): Promise<OpenMemberSession | null> {
  if (request.server.realm.sessions !== 'staff') return null
  const token = readSecret(request, 'session')
  if (token === null) return null
  const { isWaiting = false } = request.routeOptions.config
  return await (isWaiting ? seeMemberSession : findOpenMemberSession)(world, token)
}

/**
 * Stands before every route of the desk, also before those that are written later: a member logs in
 * first, and comes only where their role does.
 */
export function requireMember(world: World) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { isOpenToAll = false, roles } = request.routeOptions.config
    const open = await memberSessionOf(world, request)
    request.memberSession = open
    if (isOpenToAll) return
    if (!open) return isListening(request) ? sendEnded(reply) : reply.redirect('/login', 303)
    if (roles?.(open.member.role) === false) {
      return sendRefusal(reply, { ok: false, problem: 'desk.not-allowed' })
    }
  }
}

export function memberOf(request: FastifyRequest): OpenMemberSession {
  if (!request.memberSession) throw new Error('a route of the desk was reached without a member')
  return request.memberSession
}

/** What every page of the desk knows of its member. */
export interface SeenByMember {
  readonly open: OpenMemberSession
  /** Ties the forms to this browser. */
  readonly token: string
}

export const seenByMember = (world: World, reply: FastifyReply): SeenByMember => ({
  open: memberOf(reply.request),
  token: formTokenFor(world, reply),
})

/** What the engine hears of the browser at the desk. */
export const deskClientOf = (
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
): DeskClient => ({
  address: request.clientAddress,
  browser: browserLabel(request.headers['user-agent']),
  holder: preSecret(world, request, reply),
})
