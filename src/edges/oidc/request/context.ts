import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** What our side knows of a request that the provider looks at. */
export interface RequestContext {
  readonly request: FastifyRequest
  /** The session of this browser, while it is open. */
  readonly session: OpenSession | null
  /** Answers in place of the provider, which never shows a page of its own. */
  answer: ((reply: FastifyReply) => FastifyReply | Promise<FastifyReply>) | null
}

/** The provider hands its steps the bare request; this leads back to ours. */
const visits = new WeakMap<IncomingMessage, RequestContext>()

export function keepContext(request: FastifyRequest, session: OpenSession | null): RequestContext {
  const visit: RequestContext = { request, session, answer: null }
  visits.set(request.raw, visit)
  return visit
}

export function requestContextOf({ req }: { readonly req: IncomingMessage }): RequestContext {
  const visit = visits.get(req)
  if (!visit) throw new Error('the provider was asked without a visit')
  return visit
}

/** The provider stays silent, and `answer` speaks when it is done. */
export function speakFor(
  ctx: { readonly req: IncomingMessage; respond?: boolean | undefined },
  answer: NonNullable<RequestContext['answer']>,
): void {
  ctx.respond = false
  requestContextOf(ctx).answer = answer
}
