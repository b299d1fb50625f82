import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'

/**
 * What a browser keeps for us.
 *
 *   pre       holds the logins that this browser has begun, and binds its forms; ends with the login
 *   session   opens the portal
 *   browser   says that this browser was used by this subscriber before
 *   earlier   the pre-sessions that this browser had before its last login, hashed and sealed
 *   language  the language that was chosen
 *
 * @see OWASP ASVS 5.0, 3.3.1 to 3.3.4 (S83)
 */
export type CookieName = 'pre' | 'earlier' | 'session' | 'browser' | 'language'

const DAY_S = 86_400

/** How long each is kept; without a number, until the browser is closed. */
const LIFETIMES_S: Readonly<Partial<Record<CookieName, number>>> = {
  browser: 365 * DAY_S,
  language: 365 * DAY_S,
}

/** 256 bits as base64url: anything else was not made here. */
const SECRET = /^[\w-]{43}$/

const isEncrypted = (issuer: string): boolean => issuer.startsWith('https:')

/** A name with this prefix cannot be set by a neighbouring host; browsers want https for it. */
const nameOf = (issuer: string, name: CookieName): string =>
  isEncrypted(issuer) ? `__Host-${name}` : name

export function readCookie(request: FastifyRequest, name: CookieName): string | null {
  // An address that no route could be looked up for is answered before cookies are read.
  const cookies = request.cookies as typeof request.cookies | undefined
  return cookies?.[nameOf(request.server.site.settings.issuer, name)] ?? null
}

/** A cookie that must be one of our secrets; whatever else stands there counts as none. */
export function readSecret(request: FastifyRequest, name: CookieName): string | null {
  const value = readCookie(request, name)
  return value !== null && SECRET.test(value) ? value : null
}

export function setCookie(reply: FastifyReply, name: CookieName, value: string): void {
  const { issuer } = reply.server.site.settings
  reply.setCookie(nameOf(issuer, name), value, optionsOf(issuer, LIFETIMES_S[name]))
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  const { issuer } = reply.server.site.settings
  reply.setCookie(nameOf(issuer, name), '', optionsOf(issuer, 0))
}

function optionsOf(issuer: string, maxAge: number | undefined): CookieSerializeOptions {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isEncrypted(issuer),
    ...(maxAge !== undefined && { maxAge }),
  }
}

/** The open session of the browser that asks, or `null`. */
export async function sessionOf(
  world: World,
  request: FastifyRequest,
): Promise<OpenSession | null> {
  const token = readSecret(request, 'session')
  return token === null ? null : await findOpenSession(world, token)
}
