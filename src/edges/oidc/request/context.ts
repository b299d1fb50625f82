import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Arrival } from '#edges/oidc/request/requested-strength.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'

/** What our side knows of a request that the provider looks at. */
export interface RequestContext {
  readonly request: FastifyRequest
  /** The session of this browser, while it is open. */
  readonly session: OpenSession | null
  /** The request that waited and goes on within this one; `null` for any other. */
  readonly resumes: Resumes | null
  /** Answers in place of the provider, which never shows a page of its own. */
  answer: ((reply: FastifyReply) => FastifyReply | Promise<FastifyReply>) | null
}

export interface Resumes {
  readonly uid: string
  /** What it found when it came, for the session that answers it. */
  readonly arrival: Arrival | null
}

/** The provider hands its steps the bare request; this leads back to ours. */
const visits = new WeakMap<IncomingMessage, RequestContext>()

/** What the provider is given is not always what the browser has sent (`resume.ts`). */
export function keepContext(
  given: IncomingMessage,
  found: Omit<RequestContext, 'answer'>,
): RequestContext {
  const visit: RequestContext = { ...found, answer: null }
  visits.set(given, visit)
  return visit
}

/**
 * Every address that the provider tells is below the configured one, whatever `Host` the request
 * bears.
 */
export function addressed(
  { headers }: IncomingMessage,
  { issuer, clientAddress }: { readonly issuer: string; readonly clientAddress: string },
): void {
  const { host, protocol } = new URL(issuer)
  headers.host = host
  headers['x-forwarded-proto'] = protocol.slice(0, -1)
  delete headers['x-forwarded-host']
  headers['x-forwarded-for'] = clientAddress
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
