import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import fastify, { type FastifyInstance } from 'fastify'
import type { Policy } from '#edges/realm.ts'

/**
 * What every page may do: nothing that is not from here, nothing inline, no frame around it, and no
 * text that becomes a script.
 *
 * @see W3C, "Content Security Policy Level 3" and "Trusted Types"
 */
export const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
}

const PHONE_DIRECTIVES = {
  ...POLICY,
  scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
  imgSrc: ["'self'", 'blob:'],
  mediaSrc: ["'self'", 'blob:'],
  trustedTypes: ['countersign'],
}

/** The phone app computes with WebAssembly, and names its own worker under a policy. */
export const PHONE_POLICY: FastifyHelmetOptions = {
  contentSecurityPolicy: { useDefaults: false, directives: PHONE_DIRECTIVES },
}

/** The page that tests the connection asks for every port of the gateway. */
export const CONNECTIVITY_POLICY: FastifyHelmetOptions = { contentSecurityPolicy: true }

declare module 'fastify' {
  interface FastifyInstance {
    /** The headers of every answer, also of those that run none of our hooks. */
    readonly headersOfAll: Readonly<Record<string, string>>
  }
}

const TWO_YEARS_S = 63_072_000

/**
 * Headers of every answer (S116). What is dynamic is never kept; assets say so when they may be.
 */
export async function securityHeaders(app: FastifyInstance): Promise<void> {
  const { origin, policy: ofRealm, tested } = app.realm
  const everywhere = await headersUnder(ofRealm, origin)
  const tests = { ...ofRealm, connectSrc: [...(ofRealm['connectSrc'] ?? []), ...tested] }
  const own = new Map<unknown, Record<string, string>>([
    [PHONE_POLICY, await headersUnder(PHONE_DIRECTIVES, origin)],
    [CONNECTIVITY_POLICY, await headersUnder(tests, origin)],
  ])
  app.decorate('headersOfAll', everywhere)
  const at = new Map<string | undefined, Record<string, string>>()
  app.addHook('onRoute', ({ helmet: policy, url }) => {
    if (!policy) return
    const headers = own.get(policy)
    if (!headers) throw new Error(`${url} has a policy that was not computed`)
    at.set(url, headers)
  })
  app.addHook('onRequest', async ({ routeOptions }, reply) => {
    reply.headers(at.get(routeOptions.url) ?? everywhere)
  })
}

/**
 * Helmet would work them out anew for each request, and they are always the same: it is asked once.
 */
async function headersUnder(directives: Policy, origin: string): Promise<Record<string, string>> {
  const isEncrypted = origin.startsWith('https:')
  const asked = fastify()
  await asked.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: copyOf(directives) },
    crossOriginEmbedderPolicy: false,
    // With `no-referrer` browsers would send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isEncrypted && { maxAge: TWO_YEARS_S, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
  asked.get('/', async (_request, reply) => reply.send())
  const { headers } = await asked.inject('/')
  await asked.close()
  const said = Object.entries(headers).filter(([name]) => !ABOUT_ONE_ANSWER.includes(name))
  return {
    ...(Object.fromEntries(said) as Record<string, string>),
    'cache-control': 'no-store',
    'permissions-policy': 'camera=(self), geolocation=(), microphone=(), payment=()',
  }
}

/** Helmet writes in what it is given. */
const copyOf = (directives: Policy) =>
  Object.fromEntries(Object.entries(directives).map(([name, values]) => [name, [...values]]))

const ABOUT_ONE_ANSWER = ['connection', 'content-length', 'date']
