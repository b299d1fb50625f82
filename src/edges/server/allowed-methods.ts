import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * Says which methods an address has when it is asked with another one, for all routes that are
 * added from now on. The answer comes before the body is read: whatever is in it, the method is
 * wrong.
 *
 * @see RFC 9110, "HTTP Semantics", section 15.5.6, "405 Method Not Allowed"
 */
export function answerWrongMethods(
  app: FastifyInstance,
  refuse: (reply: FastifyReply) => FastifyReply,
): void {
  const methodsAt = noteMethods(app)
  app.addHook('onRequest', async ({ is404, url }, reply) => {
    const allowed = is404 ? methodsAt(url) : []
    if (allowed.length > 0) return refuse(reply.header('allow', allowed.join(', ')))
  })
}

/**
 * @returns the methods with which an address can be asked, in order; none for one that no route
 *   has.
 */
function noteMethods(app: FastifyInstance): (address: string) => readonly string[] {
  const methods = new Map<string, Set<string>>()
  const patterns = new Map<string, RegExp>()
  app.addHook('onRoute', ({ method, url }) => {
    const known = methods.get(url) ?? new Set()
    for (const one of [method].flat()) known.add(one)
    methods.set(url, known)
    patterns.set(url, patternOf(url))
  })
  return (address) => {
    const path = pathOf(address)
    const matching = [...methods].filter(([url]) => patterns.get(url)?.test(path) === true)
    return [...new Set(matching.flatMap(([, known]) => [...known]))].toSorted()
  }
}

/**
 * What the router makes of the address of a route: parameters are one part of a path, `*` is the
 * rest of it.
 */
function patternOf(url: string): RegExp {
  const parts = url.split(/(:[A-Za-z]+|\*)/)
  const source = parts.map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]*' : part.replaceAll(/[^\w/-]/g, String.raw`\$&`)
  })
  return new RegExp(`^${source.join('')}$`)
}

/** Addresses that cannot be decoded never come as far as a route. */
function pathOf(address: string): string {
  const [path = ''] = address.split('?', 1)
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
