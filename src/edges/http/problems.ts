import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Instant } from '#core/time.ts'
import { type Problem, PROBLEMS, type Refusal } from '#core/problems.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Answers "no", as a page for people or as problem+json for programs. */
    refuse(refusal: Refusal): FastifyReply
  }
}

/** What the doors for people show instead of problem+json. */
export type ProblemPage = (request: FastifyRequest, refusal: Refusal, status: number) => string

/**
 * Answers with what a use case said "no" with.
 *
 * @see RFC 9457, "Problem Details for HTTP APIs"; RFC 9110, section 10.2.3 for Retry-After
 */
export const sendRefusal = (reply: FastifyReply, refusal: Refusal): FastifyReply =>
  reply.refuse(refusal)

export function refuser(issuer: string, now: () => Instant, page: ProblemPage) {
  return function refuse(this: FastifyReply, refusal: Refusal): FastifyReply {
    const { problem, until } = refusal
    const status = PROBLEMS[problem]
    this.code(status)
    if (until !== undefined)
      this.header('retry-after', Math.max(1, Math.ceil((until - now()) / 1000)))
    const { request } = this
    if (!isForPrograms(request.url)) {
      return this.type('text/html; charset=utf-8').send(page(request, refusal, status))
    }
    return this.type('application/problem+json').send(
      JSON.stringify({
        type: `${issuer}/help/problems/${problem}`,
        title: STATUS_CODES[status] ?? 'Error',
        status,
        instance: request.url.split('?', 1)[0],
        code: problem,
      }),
    )
  }
}

export const isForPrograms = (url: string): boolean =>
  url.startsWith('/api/') || url.startsWith('/phone/api/') || url.startsWith('/oidc/')

/** The problem that an error of the framework or of a room below stands for. */
export function problemOf(error: unknown): Problem {
  const { name, code, statusCode } = error as { name?: string; code?: string; statusCode?: number }
  if (name === 'ClockWentBack') return 'service.clock'
  if (name === 'DatabaseBusy') return 'service.busy'
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'request.too-large'
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'request.media-type'
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? 'request.malformed'
        : 'service.failed'
  }
}
