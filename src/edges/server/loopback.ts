import type { FastifyInstance } from 'fastify'

/** The names of this machine for itself; a browser takes each for another site. */
const NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * On a machine that serves only itself, a browser that opens it by another of its names is led to
 * the one that its forms and cookies belong to. Elsewhere a proxy may rename hosts as it likes.
 */
export function leadToOneName(app: FastifyInstance): void {
  const { origin } = app.realm
  const { hostname, port } = new URL(origin)
  if (!NAMES.includes(hostname)) return
  const suffix = port === '' ? '' : `:${port}`
  const others = new Set(NAMES.filter((name) => name !== hostname).map((name) => name + suffix))
  app.addHook('onRequest', async ({ method, url, headers, routeOptions }, reply) => {
    if (method !== 'GET' || routeOptions.config.cookieless === true) return
    if (others.has(headers.host ?? '')) return reply.redirect(origin + url, 303)
  })
}
