import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '#engine/world.ts'
import { readSecret } from '#edges/http/cookies.ts'
import { FORM_FIELD, isFormOf } from '#edges/http/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * No cookie counts here: whoever asks brings the proof along. Such a route needs no guard against
     * foreign pages, because a browser adds nothing to what they send.
     */
    readonly cookieless?: boolean
    /** The form of this route carries a token of its own, which the route itself checks. */
    readonly ownFormToken?: boolean
  }
  interface FastifyInstance {
    /** Every route there is, as the router knows it. */
    readonly routeList: readonly Route[]
  }
}

export interface Route {
  readonly method: string
  readonly url: string
  readonly cookieless: boolean
}

/** Where routes may do without cookies. */
const COOKIELESS = ['/api/', '/phone/api/', '/oidc/', '/carriers/']

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Stands before every route that changes something, also before those that are written later: only pages
 * of this installation may ask (A10). The header tells the origin, and the form that it came from a page of
 * the same browser; either would do, and both are asked for.
 *
 * @see OWASP ASVS 5.0, 3.5.1 to 3.5.3
 */
export function guardOrigins(app: FastifyInstance, world: World): void {
  const routes: Route[] = []
  app.decorate('routeList', routes)

  app.addHook('onRoute', ({ method, url, config }) => {
    const cookieless = config?.cookieless === true
    const isSafe = [method].flat().every((one) => SAFE_METHODS.has(one))
    if (cookieless && !isSafe && !COOKIELESS.some((prefix) => url.startsWith(prefix))) {
      throw new Error(`${url} must not be open to foreign pages`)
    }
    for (const one of [method].flat()) routes.push({ method: one, url, cookieless })
  })

  app.addHook('onRequest', async (request, reply) => {
    if (isExempt(request) || isFromHere(request, world.settings.issuer)) return
    return sendRefusal(reply, { ok: false, problem: 'request.foreign-origin' })
  })

  app.addHook('preValidation', async (request, reply) => {
    if (isExempt(request) || request.routeOptions.config.ownFormToken === true) return
    if (!isFormOf(world, readSecret(request, 'pre'), takeToken(request))) {
      return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
    }
  })
}

function isExempt({ method, routeOptions, is404 }: FastifyRequest): boolean {
  return SAFE_METHODS.has(method) || is404 || routeOptions.config.cookieless === true
}

/** Browsers send `Origin` with every POST, and most of them `Sec-Fetch-Site` as well. */
function isFromHere({ headers }: FastifyRequest, issuer: string): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin === undefined) return site === 'same-origin'
  return origin === issuer && (site === undefined || site === 'same-origin')
}

/** Takes the token out of the form, so that routes see only what is theirs. */
function takeToken(request: FastifyRequest): unknown {
  const { body } = request
  if (typeof body !== 'object' || body === null) return undefined
  const { [FORM_FIELD]: token, ...fields } = body as Readonly<Record<string, unknown>>
  request.body = fields
  return token
}
