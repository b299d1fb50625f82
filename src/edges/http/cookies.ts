import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The cookies of this server, all opaque.
 *
 *   pre       256 bits: holds the logins that this browser has begun, worth nothing once they are claimed
 *   session   256 bits: an open session
 *   browser   256 bits: lets one subscriber's browser be recognised for a year
 *   language  en or fr
 *
 * @see NIST SP 800-63B-4, "Browser Cookies"; RFC 6265bis, section 4.1.3.2 for `__Host-`
 */
export type CookieName = 'pre' | 'session' | 'browser' | 'language'

export interface Cookies {
  get(request: FastifyRequest, name: CookieName): string | null
  set(reply: FastifyReply, name: CookieName, value: string): void
  clear(reply: FastifyReply, name: CookieName): void
}

const YEAR_S = 31_536_000

/** Cookies that outlive the browser window, in seconds. */
const AGES_S: Partial<Record<CookieName, number>> = { browser: YEAR_S, language: YEAR_S }

/** Nothing that we set is longer; what is longer was not set by us. */
const VALUE = /^[A-Za-z0-9_-]{1,64}$/

/** Over https with the prefix that binds a cookie to this host; http is for this machine alone. */
export function cookiesFor(issuer: string): Cookies {
  const secure = issuer.startsWith('https:')
  const nameOf = (name: CookieName) => (secure ? `__Host-${name}` : name)
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure }
  return {
    get(request, name) {
      const value = request.cookies[nameOf(name)]
      return value !== undefined && VALUE.test(value) ? value : null
    },
    set(reply, name, value) {
      const maxAge = AGES_S[name]
      reply.setCookie(nameOf(name), value, maxAge === undefined ? options : { ...options, maxAge })
    },
    clear(reply, name) {
      reply.clearCookie(nameOf(name), options)
    },
  }
}
