import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** What our side knows of a request that the provider looks at. */
export interface Visit {
  readonly request: FastifyRequest
  /** The session of this browser, while it is open. */
  readonly session: OpenSession | null
  /** Answers in place of the provider, which never shows a page of its own. */
  answer: ((reply: FastifyReply) => FastifyReply | Promise<FastifyReply>) | null
}

/** The provider hands its steps the bare request; this leads back to ours. */
const visits = new WeakMap<IncomingMessage, Visit>()

export function visited(request: FastifyRequest, session: OpenSession | null): Visit {
  const visit: Visit = { request, session, answer: null }
  visits.set(request.raw, visit)
  return visit
}

export function visitOf({ req }: { readonly req: IncomingMessage }): Visit {
  const visit = visits.get(req)
  if (!visit) throw new Error('the provider was asked without a visit')
  return visit
}

/** The provider stays silent, and `answer` speaks when it is done. */
export function speakFor(
  ctx: { readonly req: IncomingMessage; respond?: boolean | undefined },
  answer: NonNullable<Visit['answer']>,
): void {
  ctx.respond = false
  visitOf(ctx).answer = answer
}
