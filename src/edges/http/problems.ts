import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import type { Language } from '#core/subscribers/account.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import { instant } from '#core/time/time.ts'
import { ClockWentBack, type World } from '#engine/world.ts'
import { answerWrongMethods } from '#edges/http/allowed-methods.ts'
import { languageOf } from '#edges/http/language.ts'
import { problemPage } from '#edges/pages/help/problem-page.ts'
import { texts } from '#edges/texts.ts'

/**
 * Answers "no" in good order: a page for people, problem details for programs.
 *
 * @see RFC 9457, "Problem Details for HTTP APIs"
 */
export function sendRefusal(reply: FastifyReply, { problem, until, since }: Refusal): FastifyReply {
  const { request } = reply
  const status = PROBLEMS[problem]
  const wait = secondsUntil(reply.server.site.now, until)
  if (wait !== null) reply.header('retry-after', wait)
  else if (status === 503) reply.header('retry-after', 5)
  reply.code(status)
  if (!isForPrograms(request.url)) {
    const told = {
      problem,
      until: until === undefined ? null : instant(until),
      since: since === undefined ? null : instant(since),
      reference: status >= 500 ? request.id : null,
      primary: request.session?.subscriber.primary?.name ?? null,
      wayOut: request.wayOut,
    }
    // Asked for in the other language, a form that was sent would be another page.
    const page = request.method === 'GET' ? reply.page() : reply.page(request.wayOut ?? request.url)
    return reply.html(problemPage(page, told))
  }
  return sendDetails(
    reply,
    problem,
    since === undefined ? {} : { since, ...(until !== undefined && { until }) },
  )
}

/** @see RFC 9457, section 3 */
const detailsOf = (problem: Problem, { language, ...about }: Told) => ({
  type: `urn:countersign:problem:${problem}`,
  title: texts(language).text(`problem.${problem}`),
  ...about,
  code: problem,
})

interface Told {
  readonly language: Language
  readonly status: number
  readonly instance?: string
}

export function sendDetails(
  reply: FastifyReply,
  problem: Problem,
  { since, until }: Pick<Refusal, 'since' | 'until'> = {},
): FastifyReply {
  const { request } = reply
  const status = PROBLEMS[problem]
  const language = languageOf(request)
  const instance = request.url.split('?', 1)[0] ?? request.url
  const details = {
    ...detailsOf(problem, { language, status, instance }),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  }
  // As bytes: a serializer of the route would leave out what it does not know.
  return reply
    .code(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(details)))
}

/** Addresses that only programs ask. */
const isForPrograms = (url: string): boolean => /^\/(?:phone\/)?api(?:\/|$)/.test(url)

/** Whole seconds from now, at least one; `null` when the time is not known. */
function secondsUntil(now: World['now'], until: number | undefined): number | null {
  if (until === undefined) return null
  try {
    return Math.max(1, Math.ceil((until - now()) / 1_000))
  } catch (error) {
    if (error instanceof ClockWentBack) return null
    throw error
  }
}

/** One place for everything that goes wrong: a bad request is never the server's fault (A31). */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (OURS.includes(problem)) request.log.error({ err: described(error) }, 'failed')
    return sendRefusal(reply, { ok: false, problem })
  })
  app.setNotFoundHandler((_request, reply) => {
    return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
  })
  answerWrongMethods(app, (reply) => sendRefusal(reply, { ok: false, problem: 'request.method' }))
}

/**
 * What is no request is answered all the same, and the connection closed. @see Node.js, "Event:
 * 'clientError'"
 */
export function answerGarbage(
  { headersOfAll }: FastifyInstance,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = STATUS_OF_GARBAGE[error.code ?? ''] ?? 400
  const details = detailsOf('request.malformed', { language: 'en', status })
  const body = JSON.stringify(details)
  const headers = {
    ...headersOfAll,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

const STATUS_OF_GARBAGE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

/** What the operator has to look after. */
const OURS: readonly Problem[] = ['service.failed', 'service.unavailable']

/** What the framework says, by its code. @see Fastify, "Errors" */
const FRAMEWORK: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'request.media-type',
  FST_ERR_MAX_PARAM_LENGTH: 'request.not-found',
}

export function problemOf(error: FastifyError): Problem {
  if (error instanceof ClockWentBack) return 'service.clock'
  if (error.name === 'DatabaseBusy') return 'service.busy'
  if (error.name === 'DatabaseAway') return 'service.unavailable'
  const known = FRAMEWORK[error.code]
  if (known) return known
  const { statusCode = 500 } = error
  return error.validation || (statusCode >= 400 && statusCode < 500)
    ? 'request.malformed'
    : 'service.failed'
}

/**
 * What the operator needs of an error. A message may hold what somebody typed, so only its kind is
 * kept.
 */
function described(error: FastifyError) {
  const at = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at '))
  const below: (Error & { readonly code?: unknown }) | null =
    error.cause instanceof Error ? error.cause : null
  const cause = typeof below?.code === 'string' ? below.code : below?.name
  return {
    name: error.name,
    reason: error.code,
    cause,
    at: at?.slice(0, 8).map((line) => line.trim()),
  }
}
