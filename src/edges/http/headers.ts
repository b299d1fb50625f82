import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/**
 * What every page may do: nothing that is not from here, nothing inline, no frame around it, and no text
 * that becomes a script.
 *
 * @see W3C, "Content Security Policy Level 3" and "Trusted Types"
 */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["'none'"],
}

/** The phone app computes with WebAssembly, and names its own worker under a policy. */
export const PHONE_POLICY: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      ...POLICY,
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      imgSrc: ["'self'", 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      trustedTypes: ['countersign'],
    },
  },
}

const TWO_YEARS_S = 63_072_000

/** Headers of every answer (S116). What is dynamic is never kept; assets say so when they may be. */
export async function securityHeaders(app: FastifyInstance, issuer: string): Promise<void> {
  const isEncrypted = issuer.startsWith('https:')
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    crossOriginEmbedderPolicy: false,
    // With `no-referrer` browsers would send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isEncrypted && { maxAge: TWO_YEARS_S, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'permissions-policy': 'camera=(self), geolocation=(), microphone=(), payment=()',
    })
  })
}
