import type { EventEmitter } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { z } from 'zod'
import { sessionOf } from '#edges/http/client/cookies.ts'
import { refuseReplays } from '#edges/oidc/adapter.ts'
import { nameScopeError, RESPONSE_MODE } from '#edges/oidc/request/asked.ts'
import { type BackOfficeClient, isSecret, type OidcClient } from '#edges/oidc/clients.ts'
import { configuration, CONTINUE, PATHS } from '#edges/oidc/configuration.ts'
import {
  cancelLogin,
  continueLogin,
  goOnAtOnce,
  type Waiting,
  waitingRequests,
} from '#edges/oidc/continue.ts'
import { DETAILS, grantedDetails } from '#edges/oidc/request/authorization-details.ts'
import { logoutRoutes, takeOverLogout } from '#edges/oidc/logout.ts'
import { addressed, keepContext } from '#edges/oidc/request/context.ts'
import { readResumed } from '#edges/oidc/resume.ts'
import { ensureSigningKeys } from '#engine/keyring/signing-keys.ts'
import { findTaskOfGrant } from '#engine/sessions/relying-parties.ts'
import type { World } from '#engine/world.ts'

/** What is asked by servers and apps, which bring the proof along in the request itself. */
const COOKIELESS = [
  { method: 'POST', url: PATHS.pushed_authorization_request },
  { method: 'POST', url: PATHS.token },
  { method: 'GET', url: PATHS.userinfo },
  { method: 'POST', url: PATHS.userinfo },
  { method: 'POST', url: PATHS.introspection },
  { method: 'POST', url: PATHS.revocation },
] as const

/** What browsers open. No state changes here but that of the provider itself. */
const OPENED = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  PATHS.jwks,
  PATHS.authorization,
  `${PATHS.authorization}/:uid`,
  PATHS.end_session,
] as const

const text = z.string().max(8_192)
/** What a form of another site may ask, as if it were a link: the standards want both. */
const ASKED_BY_FORM = [PATHS.authorization, PATHS.end_session] as const

/**
 * What is said twice stays so, and is refused where it is read. @see OpenID Connect Core 1.0,
 * section 3.1.2.1
 */
const AskedByForm = z.record(z.string().max(100), z.union([text, z.array(text).max(10)]))

export interface OidcOptions {
  readonly clients: readonly OidcClient[]
  readonly backOffice: readonly BackOfficeClient[]
}

/** OpenID Connect for the relying parties of the configuration. */
export async function registerOidc(
  app: FastifyInstance,
  world: World,
  options: OidcOptions,
): Promise<void> {
  await ensureSigningKeys(world)
  const opened = await reopened(world, () => openProvider(app, world, options))
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const isCookieless = request.routeOptions.config.cookieless === true
    const session = isCookieless ? null : await sessionOf(world, request)
    const visit = keepContext(request.raw, { request, session, resumes: null })
    const { issuer } = world.settings
    addressed(request.raw, { issuer, clientAddress: request.clientAddress })
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
    const provider = await opened.latest()
    await provider.callback()(request.raw, reply.raw)
    return visit.answer ? await visit.answer(reply) : reply.hijack()
  }
  await app.register(async (scope) => {
    // The provider reads bodies itself; what was read before it would be lost to it.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const { method, url } of COOKIELESS) {
      scope.route({ method, url, config: { cookieless: true }, handler })
    }
    for (const url of OPENED) scope.route({ method: 'GET', url, handler })
  })
  // A form of another site sends no cookie along, so the browser asks the same again as a
  // link.
  const asLink = { config: { cookieless: true }, schema: { body: AskedByForm } }
  for (const url of ASKED_BY_FORM) {
    app.post(url, asLink, (request, reply) => {
      // Validated by the schema of the route.
      const fields = Object.entries(request.body as z.infer<typeof AskedByForm>)
      const asked = new URLSearchParams()
      for (const [name, value] of fields) for (const one of [value].flat()) asked.append(name, one)
      return reply.redirect(`${url}?${asked.toString()}`, 303)
    })
  }
  app.get(`${CONTINUE}/:uid`, async (request, reply) =>
    continueLogin({ provider: await opened.latest(), world }, request, reply),
  )
  app.get(`${CONTINUE}/:uid/cancel`, async (request, reply) =>
    cancelLogin({ provider: await opened.latest(), world }, request, reply),
  )
  logoutRoutes(app, world)
  app.decorate('waitingRequests', waitingRequests(world, opened))
}

/**
 * The provider reads its keys once. Where they were exchanged another one takes its place: neither
 * holds anything, so requests under way end with the one that they have.
 */
async function reopened(
  { keyring }: World,
  open: () => Promise<Provider>,
): Promise<{ latest(): Promise<Provider> }> {
  let turn = keyring.turn()
  let provider = open()
  await provider
  return {
    async latest() {
      if (turn !== keyring.turn()) {
        turn = keyring.turn()
        const before = provider
        provider = open().catch(() => before)
      }
      return await provider
    },
  }
}

async function openProvider(
  app: FastifyInstance,
  world: World,
  options: OidcOptions,
): Promise<Provider> {
  const provider = new QueryProvider(world.settings.issuer, configuration(world, options))
  // A client that the provider refuses is reported at the start, not to its first user.
  for (const { id } of [...options.clients, ...options.backOffice]) await provider.Client.find(id)
  // What it believes of the address was written by `addressed`.
  provider.proxy = true
  provider.Client.prototype.compareClientSecret = compareHashes
  refuseReplays(provider)
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    readResumed(provider, ctx)
    await next()
    withoutSessionCookie(provider, ctx)
    await afterwards({ provider, world }, ctx)
  })
  // A message may hold what the caller sent, so only its kind and place are kept (A21).
  const failed = ({ name, stack }: Error) =>
    app.log.error({ name, where: stack?.split('\n').slice(1, 9) }, 'the provider failed')
  provider.on('server_error', (_ctx, error) => failed(error))
  const emitter: EventEmitter = provider
  emitter.on('error', failed)
  return provider
}

/**
 * A provider that answers by redirect only: the page of `form_post` would need a script (S97, A11).
 * In a fragment it tells a client that asked for a token that none is given so, and nothing else.
 */
class QueryProvider extends Provider {
  #handle: ReturnType<Provider['callback']> | null = null

  /** Its steps are put together once, and not for each request. */
  override callback(): ReturnType<Provider['callback']> {
    return (this.#handle ??= super.callback())
  }

  override registerResponseMode(name: string, handler: ResponseMode) {
    if (name === 'form_post') return
    if (name === 'query') queryModes.set(this, handler)
    const query = queryModes.get(this)
    const isFragment = name === 'fragment' && query !== undefined
    super.registerResponseMode(name, isFragment ? onlyForTokens(handler, query) : handler)
  }
}

/** Beside the provider, which registers its modes before it has members of ours. */
const queryModes = new WeakMap<Provider, ResponseMode>()

type ResponseMode = Parameters<Provider['registerResponseMode']>[1]

const onlyForTokens =
  (fragment: ResponseMode, query: ResponseMode): ResponseMode =>
  (ctx, redirectUri, response) => {
    const { oidc, query: asked } = ctx
    const { response_type: type } = oidc.params ?? asked
    const isOfTokens = typeof type === 'string' && type.includes('token')
    return (isOfTokens ? fragment : query)(ctx, redirectUri, response)
  }

/** Only the hash of a secret is kept, so hashes are compared. */
function compareHashes(this: { readonly clientSecret?: string }, given: string): boolean {
  return isSecret(given, this.clientSecret)
}

/** The session of the provider lasts for one request, so no browser need bring its name along. */
function withoutSessionCookie(provider: Provider, ctx: KoaContextWithOIDC): void {
  const name = provider.cookieName('session')
  const lines = [ctx.response.headers['set-cookie'] ?? []].flat()
  ctx.remove('set-cookie')
  for (const line of lines) {
    if (!line.startsWith(`${name}=`) && !line.startsWith(`${name}.sig=`))
      ctx.append('set-cookie', line)
  }
}

/** What the provider has prepared and would show in its own way. */
async function afterwards({ provider, world }: Waiting, ctx: KoaContextWithOIDC): Promise<void> {
  const { oidc } = ctx
  if (oidc?.route === 'end_session' && ctx.status === 200) takeOverLogout(world, ctx)
  if ((oidc?.route === 'token' || oidc?.route === 'introspection') && ctx.status === 200) {
    const grantId = oidc.entities.Grant?.jti ?? oidc.entities.AccessToken?.grantId ?? ''
    const granted = grantedDetails(await findTaskOfGrant(world, grantId))
    if (granted) ctx.body = { ...(ctx.body as object), [DETAILS]: granted }
  }
  if (oidc?.route === 'discovery') {
    ctx.body = { ...(ctx.body as object), response_modes_supported: [RESPONSE_MODE] }
  }
  if (oidc?.route === 'authorization' || oidc?.route === 'pushed_authorization_request') {
    nameScopeError(ctx)
  }
  if (oidc?.route === 'authorization') await goOnAtOnce({ provider, world }, ctx)
}
