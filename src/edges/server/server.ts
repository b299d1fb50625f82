import cookie from '@fastify/cookie'
import formBody from '@fastify/formbody'
import fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { PATHS } from '#core/connectivity/diagnosis.ts'
import type { World } from '#engine/world.ts'
import { brandRoutes } from '#edges/brand/brand-files.ts'
import { assetRoutes, loadAssets } from '#edges/http/assets.ts'
import { answerTestSockets } from '#edges/gateway/sockets.ts'
import { pathOf } from '#edges/gateway/upgrades.ts'
import { readClientAddress } from '#edges/http/client-address.ts'
import { openStreams } from '#edges/http/event-stream.ts'
import { securityHeaders } from '#edges/http/headers.ts'
import { languageOf, switchLanguages } from '#edges/http/client/language.ts'
import { createLogger, logRequests } from '#edges/http/log.ts'
import { leadToOneName } from '#edges/server/loopback.ts'
import { measureRequests } from '#edges/http/metrics.ts'
import { traceRequests } from '#edges/http/tracing.ts'
import { guardOrigins } from '#edges/http/origin-guard.ts'
import { sendDetails } from '#edges/http/problems.ts'
import { answerErrors, answerGarbage, problemOf } from '#edges/server/errors.ts'
import { clientsRealm, type ServedRealm } from '#edges/server/realm.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import { wellKnownRoutes } from '#edges/server/well-known.ts'
import type { Html } from '#edges/pages/frame/html.ts'
import { type PageContext, pageContext, type Site, siteOf } from '#edges/pages/frame/site.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body may take minutes: photographs over a poor network. */
    readonly slowBody?: boolean
  }
  interface FastifyInstance {
    readonly site: Site
  }
  interface FastifyReply {
    /** What a page needs to know; `address` is where the link to the other language leads. */
    page(address?: string): PageContext
    html(page: Html): FastifyReply
  }
}

/** A client who has not sent a whole request by then will not. */
const REQUEST_PATIENCE_MS = 30_000
/** Of a route that takes photographs: 25 MiB at 0.7 Mbit/s. */
const SLOW_BODY_PATIENCE_MS = 300_000
/** The largest body of a request, in bytes. */
export const BODY_BYTES_MAX = 65_536

export interface ServerOptions {
  readonly logger?: Logger
  /** Where the build put what browsers load. */
  readonly dist?: string
  /** Whom it lets in; the clients, unless said otherwise. */
  readonly realm?: ServedRealm
}

/**
 * The public door: what every route has in common, so that no route can be without it. Routes are
 * added to it afterwards.
 */
export async function buildServer(
  world: World,
  settings: HttpSettings,
  {
    logger = createLogger(settings.log.level),
    dist,
    realm = clientsRealm(settings),
  }: ServerOptions = {},
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => Buffer.from(world.random(6)).toString('hex'),
    requestIdHeader: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: SLOW_BODY_PATIENCE_MS,
    http: {
      headersTimeout: REQUEST_PATIENCE_MS,
      // A client that asks any other address for another protocol gets an ordinary answer.
      shouldUpgradeCallback: (request) => pathOf(request) === PATHS.socket,
    },
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 128 },
    // An address that cannot be read at all: no route, no hook, and no page to show.
    frameworkErrors: (error, _request, reply) =>
      void sendDetails(reply.headers(reply.server.headersOfAll), problemOf(error)),
    clientErrorHandler: (error, socket) => answerGarbage(app, error, socket),
  }) as unknown as FastifyInstance
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // A foreign page may send text without being asked; nothing here reads it.
  app.removeContentTypeParser('text/plain')

  app.decorate('realm', realm)
  app.decorate('site', siteOf(world, settings, loadAssets(dist)))
  app.decorateReply('page', function page(this: FastifyReply, address = this.request.url) {
    return pageContext(this.server.site, languageOf(this.request), address)
  })
  app.decorateReply('html', function sendHtml(this: FastifyReply, page: Html) {
    return this.type('text/html; charset=utf-8').send(String(page))
  })
  app.decorateReply('problemPage', function refuse(this: FastifyReply, told, address: string) {
    return this.html(realm.problemPage(this.page(address), told))
  })
  await securityHeaders(app)
  await app.register(cookie)
  await app.register(formBody, { bodyLimit: BODY_BYTES_MAX })
  traceRequests(app, settings)
  readClientAddress(app, world, settings)
  answerErrors(app)
  leadToOneName(app)
  hurryBodies(app)
  guardOrigins(app, world)
  switchLanguages(app)
  openStreams(app)
  logRequests(app)
  measureRequests(app, world)
  assetRoutes(app, app.site.assets)
  brandRoutes(app, app.site.brand)
  if (realm.sessions === 'clients') {
    wellKnownRoutes(app)
    answerTestSockets(app, settings)
  }
  return app
}

/** Every body but that of a route which says otherwise is whole in half a minute, or refused. */
function hurryBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, routeOptions }, reply) => {
    if (routeOptions.config?.slowBody === true || raw.complete) return
    const refuse = () => {
      // One that was whole long ago waits for its answer: an event stream, for one.
      if (raw.complete) return
      const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
      app.server.emit('clientError', late, raw.socket)
    }
    const timer = setTimeout(refuse, REQUEST_PATIENCE_MS).unref()
    const stop = () => clearTimeout(timer)
    raw.once('end', stop)
    // One that was answered early is not asked for the rest.
    for (const end of ['finish', 'close']) reply.raw.once(end, stop)
  })
}
