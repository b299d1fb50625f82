import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from '#edges/http/problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For programs: no cookie counts here, so no foreign page can ride on one. */
    cookieless?: boolean
  }
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A state changes only at the wish of a page of this server (A10). It runs before the body is read, for
 * every route there is, so a new route cannot forget it.
 *
 * @see Fetch Metadata Request Headers, section 2.4; OWASP ASVS 5.0, 3.5.1 to 3.5.3
 */
export function originGuard(issuer: string) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    if (SAFE.has(request.method) || request.routeOptions.config.cookieless || request.is404) return
    if (isOurs(request, issuer)) return
    return sendRefusal(reply, { ok: false, problem: 'request.foreign-origin' })
  }
}

function isOurs({ headers }: FastifyRequest, issuer: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  // A browser says where a POST comes from; whoever does not is no page of ours.
  return headers.origin === undefined ? site === 'same-origin' : headers.origin === issuer
}
