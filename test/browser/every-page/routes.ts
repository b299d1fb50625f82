import type { FastifyInstance } from 'fastify'

/** Programs, files and streams: what no person reads. */
const NO_PAGE =
  /^\/(api|assets|\.well-known|audit\/export)\/|\.(css|js|json|png|svg|txt|webmanifest)$|\/events$|\/(pages|originals)\/:page$|\/(sheet|label)$/

/** Every address that answers a person, as the server has it. */
export const pagesOf = ({ routeList }: Pick<FastifyInstance, 'routeList'>): readonly string[] =>
  routeList
    .filter(({ method, url }) => method === 'GET' && !NO_PAGE.test(url))
    .map(({ url }) => url)

/** The route that an address of a page belongs to. */
export function routeAt(routes: readonly string[], address: string): string | undefined {
  const { pathname } = new URL(address, 'http://localhost')
  const isAt = (url: string) =>
    new RegExp(`^${url.replaceAll(/:[a-zA-Z]+/g, '[^/]+')}$`).test(pathname)
  return routes.find((url) => url === pathname) ?? routes.find(isAt)
}
