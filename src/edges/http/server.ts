import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { endStreams } from '#edges/http/event-stream.ts'
import { originGuard } from '#edges/http/origin-guard.ts'
import { type ProblemPage, problemOf, refuser } from '#edges/http/problems.ts'
import type { World } from '#engine/world.ts'

export interface HttpOptions {
  /** Networks whose X-Forwarded-For is believed; the right-most address outside them is the client (A29). */
  readonly trustedProxies: readonly string[]
  readonly logLevel: string
  /** Origins that a form may lead to in the end: the relying parties. */
  readonly formTargets: readonly string[]
  readonly problemPage: ProblemPage
}

/** No request of ours is larger: forms and JSON of a few fields. */
const BODY_BYTES_MAX = 65_536
const URL_PARAMETER_MAX = 200

export type App = FastifyInstance

/** The server that every door is hung in. */
export async function buildServer(world: World, options: HttpOptions): Promise<App> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: URL_PARAMETER_MAX },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    logger: logger(options.logLevel),
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    frameworkErrors: (error, _request, reply) => {
      // The address itself cannot be read, so there is no page to speak of.
      const { raw } = reply.hijack()
      raw.writeHead(error.statusCode ?? 400, { 'content-type': 'text/plain' }).end('Bad request')
    },
  })
  const { issuer } = world.settings
  app.decorateReply(
    'refuse',
    refuser(issuer, () => world.now(), options.problemPage),
  )
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(cookie)
  await app.register(formbody, { bodyLimit: BODY_BYTES_MAX })
  const headers = securityHeaders(issuer, options.formTargets)
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
  app.addHook('onRequest', originGuard(issuer))
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem === 'service.failed') logFailure(request.log, error)
    if (problem.startsWith('service.')) reply.header('retry-after', 1)
    return reply.refuse({ ok: false, problem })
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.refuse({ ok: false, problem: 'request.not-found' }),
  )
  app.addHook('preClose', async () => endStreams())
  return app.withTypeProvider<ZodTypeProvider>() as unknown as App
}

/** One line of JSON an event; no address, no cookie, no query, no body (A21). */
function logger(level: string) {
  return {
    level,
    base: null,
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({
        method,
        path: url.split('?', 1)[0],
      }),
    },
  }
}

/** What went wrong and where; a message may hold what somebody has typed, so it stays out. */
function logFailure(log: { error: (line: object, text: string) => void }, error: unknown): void {
  const { name, code, stack } = error as { name?: string; code?: string; stack?: string }
  const where = stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
  log.error({ name, code, where }, 'a request failed')
}

/**
 * @see OWASP ASVS 5.0, 3.4; Content Security Policy Level 3
 */
function securityHeaders(issuer: string, formTargets: readonly string[]): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(formTargets),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self)',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(issuer.startsWith('https:') && {
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    }),
  }
}

/** Nothing inline, nothing from elsewhere; `extra` is for the one page that needs WebAssembly. */
export function contentSecurityPolicy(formTargets: readonly string[], extra = ''): string {
  return [
    "default-src 'none'",
    `script-src 'self'${extra}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types countersign',
  ].join('; ')
}
