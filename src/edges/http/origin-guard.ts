import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { World } from '#engine/world.ts'
import { FORM_FIELD, isFormOf, isFormOfEarlier } from '#edges/http/client/form-token.ts'
import { sendRefusal } from '#edges/http/problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * No cookie counts here: each request carries its own proof. Such a route needs no guard
     * against foreign pages, because a browser adds nothing to what they send.
     */
    readonly cookieless?: boolean
    /** The form of this route carries a token of its own, which the route itself checks. */
    readonly ownFormToken?: boolean
    /** Answers a form that this browser opened before its last login, in place of the route. */
    readonly leadOn?: LeadOn
    /**
     * Where a form of this route that is refused leads back to; its page, unless said otherwise.
     */
    readonly wayOut?: (request: FastifyRequest) => string | null
  }
  interface FastifyRequest {
    /** Where a page that says "no" leads; `null` where nothing better than the start is known. */
    wayOut: string | null
  }
  interface FastifyInstance {
    /** Every route there is, as the router knows it. */
    readonly routeList: readonly Route[]
  }
}

/** What was filled in is untrusted and unparsed, and nothing of it may be carried out. */
export type LeadOn = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

export interface Route {
  readonly method: string
  readonly url: string
  readonly cookieless: boolean
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Stands before every route that changes something, also before those that are written later: only
 * pages of this installation may ask (A10). The header tells the origin, and the form that it came
 * from a page of the same browser; either would do, and both are asked for.
 *
 * @see OWASP ASVS 5.0, 3.5.1 to 3.5.3
 */
export function guardOrigins(app: FastifyInstance, world: World): void {
  const { origin, cookieless: forPrograms } = app.realm
  const routes: Route[] = []
  app.decorate('routeList', routes)
  app.decorateRequest('wayOut', null)

  app.addHook('onRoute', ({ method, url, config }) => {
    const cookieless = config?.cookieless === true
    const isSafe = [method].flat().every((one) => SAFE_METHODS.has(one))
    if (cookieless && !isSafe && !forPrograms.some((prefix) => url.startsWith(prefix))) {
      throw new Error(`${url} must not be open to foreign pages`)
    }
    for (const one of [method].flat()) routes.push({ method: one, url, cookieless })
  })

  app.addHook('onRequest', async (request, reply) => {
    if (isExempt(request) || isFromHere(request, origin)) return
    return sendRefusal(reply, { ok: false, problem: 'request.foreign-origin' })
  })

  app.addHook('preValidation', async (request, reply) => {
    if (isExempt(request) || request.routeOptions.config.ownFormToken === true) return
    const token = takeToken(request)
    if (isFormOf(world, request, token)) return
    const { wayOut } = request.routeOptions.config
    request.wayOut = wayOut?.(request) ?? pageBehind(request, { origin, routes })
    if (!isFormOfEarlier(world, request, token)) {
      return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
    }
    const { leadOn } = request.routeOptions.config
    if (leadOn) return await leadOn(request, reply)
    return sendRefusal(reply, { ok: false, problem: 'request.other-login' })
  })
}

function isExempt({ method, routeOptions, is404 }: FastifyRequest): boolean {
  return SAFE_METHODS.has(method) || is404 || routeOptions.config.cookieless === true
}

/** Browsers send `Origin` with every POST, and most of them `Sec-Fetch-Site` as well. */
function isFromHere({ headers }: FastifyRequest, ours: string): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin === undefined) return site === 'same-origin'
  return origin === ours && (site === undefined || site === 'same-origin')
}

/**
 * The page that a form stood on, as the browser says: a page of ours, which is only looked at. A
 * page that answered another form has no address of its own; then it is the next one above it.
 */
function pageBehind(
  { headers }: FastifyRequest,
  { origin: ours, routes }: { readonly origin: string; readonly routes: readonly Route[] },
): string | null {
  const { referer = '' } = headers
  if (referer.length > REFERER_LENGTH_MAX || !URL.canParse(referer)) return null
  const { origin, pathname, search } = new URL(referer)
  if (origin !== ours) return null
  if (isPage(routes, pathname)) return pathname + search
  for (let path = pathname; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    if (isPage(routes, path)) return path
  }
  return null
}

/** Whether the address can be opened; `:name` in a route stands for one part of it. */
function isPage(routes: readonly Route[], path: string): boolean {
  const parts = path.split('/')
  return routes.some(({ method, url }) => {
    const pattern = url.split('/')
    return (
      method === 'GET' &&
      pattern.length === parts.length &&
      pattern.every((one, at) => one === parts[at] || (one.startsWith(':') && parts[at] !== ''))
    )
  })
}

const REFERER_LENGTH_MAX = 1_024

/** Takes the token out of the form, so that routes see only what is theirs. */
function takeToken(request: FastifyRequest): unknown {
  const { body } = request
  if (typeof body !== 'object' || body === null) return undefined
  const { [FORM_FIELD]: token, ...fields } = body as Readonly<Record<string, unknown>>
  request.body = fields
  return token
}
