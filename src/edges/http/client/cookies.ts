import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession, seeSession } from '#engine/sessions/sessions.ts'
import type { World } from '#engine/world.ts'
import type { Realm } from '#edges/realm.ts'

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

const isEncrypted = (origin: string): boolean => origin.startsWith('https:')

/** A name with this prefix cannot be set by a neighbouring host; browsers want https for it. */
const nameOf = ({ origin, cookiePrefix }: Realm, name: CookieName): string =>
  `${isEncrypted(origin) ? '__Host-' : ''}${cookiePrefix}${name}`

export function readCookie(request: FastifyRequest, name: CookieName): string | null {
  // An address that no route could be looked up for is answered before cookies are read.
  const cookies = request.cookies as typeof request.cookies | undefined
  return cookies?.[nameOf(request.server.realm, name)] ?? null
}

/** A cookie that must be one of our secrets; whatever else stands there counts as none. */
export function readSecret(request: FastifyRequest, name: CookieName): string | null {
  const value = readCookie(request, name)
  return value !== null && SECRET.test(value) ? value : null
}

export function setCookie(reply: FastifyReply, name: CookieName, value: string): void {
  const { realm } = reply.server
  reply.setCookie(nameOf(realm, name), value, optionsOf(realm, LIFETIMES_S[name]))
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  const { realm } = reply.server
  reply.setCookie(nameOf(realm, name), '', optionsOf(realm, 0))
}

/** The same for an answer that is not ours to write: the line of its header. */
export function cookieLine({ server }: FastifyRequest, name: CookieName, value: string): string {
  const { realm } = server
  const options = optionsOf(realm, LIFETIMES_S[name])
  return server.serializeCookie(nameOf(realm, name), value, options)
}

function optionsOf({ origin }: Realm, maxAge: number | undefined) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isEncrypted(origin),
    ...(maxAge !== undefined && { maxAge }),
  } as const
}

/** The open session of the client whose browser asks; `null` also in a realm of others. */
export async function sessionOf(
  world: World,
  request: FastifyRequest,
): Promise<OpenSession | null> {
  if (request.server.realm.sessions !== 'clients') return null
  const token = readSecret(request, 'session')
  if (token === null) return null
  const address = request.clientAddress
  const { isWaiting = false } = request.routeOptions.config
  return await (isWaiting
    ? seeSession(world, token, { address })
    : findOpenSession(world, token, address))
}
