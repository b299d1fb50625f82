import { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { InteractionResults, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { readAlready } from '#edges/oidc/adapter.ts'
import { PATHS } from '#edges/oidc/configuration.ts'
import { addressed, keepContext, requestContextOf } from '#edges/oidc/request/context.ts'
import type { Arrival } from '#edges/oidc/request/requested-strength.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'

/**
 * The provider answers a request that waited when the browser opens an address of its own for it,
 * with a cookie that goes to that address only. Here it is asked within a request that the browser
 * has sent already: the provider is given the one that would come next. That the browser is the one
 * that made the request is for the caller to know.
 */

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

export interface Resuming {
  readonly request: FastifyRequest
  /** Of this browser, also where its cookie comes with the answer to this very request. */
  readonly session: OpenSession | null
  readonly interaction: Interaction
  readonly arrival: Arrival | null
  readonly result: InteractionResults
}

/** Where the answer leads, and the cookies that go with it. */
export interface Resumed {
  readonly to: string
  readonly cookies: readonly string[]
}

/** @returns `null` where the request is over: it was answered in another tab, for one. */
export async function resumed(
  { provider, world }: { readonly provider: Provider; readonly world: World },
  { request, session, interaction, arrival, result }: Resuming,
): Promise<Resumed | null> {
  const { uid } = interaction
  const next = new IncomingMessage(request.raw.socket)
  next.method = 'GET'
  next.url = `${PATHS.authorization}/${uid}`
  addressed(next, { issuer: world.settings.issuer, clientAddress: request.clientAddress })
  const context = keepContext(next, { request, session, resumes: { uid, arrival } })
  const response = new ServerResponse(next)
  // It was read to find out that it can be answered; that it is answered once, the write decides.
  await readAlready.run({ id: uid, payload: { ...interaction, result } }, () =>
    provider.callback()(next, response),
  )
  if (context.answer !== null) return null
  const to = response.getHeader('location')
  if (typeof to !== 'string') throw new Error('a request that waited was not answered')
  return { to, cookies: [response.getHeader('set-cookie') ?? []].flat().map(String) }
}

/** The cookie of a request that goes on here is read as if the browser had sent it. */
export function readResumed(provider: Provider, ctx: KoaContextWithOIDC): void {
  const { resumes } = requestContextOf(ctx)
  if (resumes === null) return
  const name = provider.cookieName('resume')
  ctx.cookies.get = (asked: string) => (asked === name ? resumes.uid : undefined)
}
